import Crypto
import Testing

@Suite("Signing keys")
struct SigningKeyTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
    }

    /// RFC 8032, section 7.1.
    static let vectors = [
        Vector(
            testDescription: "test 1",
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e\
                39701cf9b46bd25bf5f0595bbe24655141438e7a100b
                """),
        Vector(
            testDescription: "test 2",
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f\
                3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """),
        Vector(
            testDescription: "test 3",
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67\
                f760984dc6594a7c15e9716ed28dc027beceea1ec40a
                """),
        Vector(
            testDescription: "test SHA(abc)",
            seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: """
                ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba\
                3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
                """,
            signature: """
                dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfb\
                c7c66431e0303dca179c138ac17ad9bef1177331a704
                """),
    ]

    @Test("make the public keys and signatures of RFC 8032", arguments: vectors)
    func published(_ vector: Vector) throws {
        let key = try SigningKey(seed: .hexadecimal(vector.seed))
        let message = [UInt8](hex: vector.message)!
        #expect(key.publicKey.bytes.hex == vector.publicKey)
        #expect(key.sign(message).hex == vector.signature)
        let publicKey = try VerificationKey([UInt8](hex: vector.publicKey)!)
        #expect(publicKey.isValid([UInt8](hex: vector.signature)!, of: message))
    }

    @Test("tell a signature that was changed, at each byte", arguments: 0..<64)
    func flippedBit(_ place: Int) throws {
        let key = try SigningKey(seed: .hexadecimal(Self.vectors[1].seed))
        var signature = [UInt8](hex: Self.vectors[1].signature)!
        signature[place] ^= 1 << (place % 8)
        #expect(!key.publicKey.isValid(signature, of: [0x72]))
    }

    @Test("tell another message, another key, and what is no signature")
    func refused() {
        let key = SigningKey.random()
        let signature = key.sign([1, 2, 3])
        #expect(key.publicKey.isValid(signature, of: [1, 2, 3]))
        #expect(!key.publicKey.isValid(signature, of: [1, 2]))
        #expect(!SigningKey.random().publicKey.isValid(signature, of: [1, 2, 3]))
        #expect(!key.publicKey.isValid(signature.dropLast(), of: [1, 2, 3]))
        #expect(!key.publicKey.isValid(signature + [0], of: [1, 2, 3]))
        #expect(!key.publicKey.isValid([], of: [1, 2, 3]))
    }

    @Test("have one length", arguments: [0, 31, 33, 64])
    func length(_ count: Int) {
        expectError(.wrongLength) { try SigningKey(seed: SecretBytes(randomCount: count)) }
        expectError(.wrongLength) { try VerificationKey(randomBytes(count)) }
    }
}

@Suite("Receiving keys")
struct ReceivingKeyTests {
    /// Made by PyNaCl 1.6 (`SealedBox`) for the private key 01 02 … 20; it holds 40 41 … 5f.
    static let privateKey = SecretBytes(Array(1...32))
    static let publicKey = "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c"
    static let box = [UInt8](
        hex: """
            aab9449c4ac04db313878c0946ce56fbb3f31957f8ac051a08109c3c0351936cbd23845f5e183a743921\
            05607b38082f0ab56aebc2a509c6f0143f35be36a60031cc7d16c2dc4da8c514d6ce2cc5a69c
            """)!

    /// RFC 7748, section 6.1: Bob's keys.
    @Test("make the public key of RFC 7748")
    func published() throws {
        let key = try ReceivingKey(
            secretKey: .hexadecimal("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        #expect(
            key.publicKey.bytes.hex == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    }

    @Test("open the box of another writer")
    func fixture() throws {
        let key = try ReceivingKey(secretKey: Self.privateKey)
        #expect(key.publicKey.bytes.hex == Self.publicKey)
        #expect(try key.open(Self.box).copy == Array(0x40...0x5f))
    }

    @Test("open what was sealed for them, and nobody else does", arguments: [0, 1, 32, 1000])
    func roundTrip(_ count: Int) throws {
        let key = ReceivingKey.random()
        let secret = SecretBytes(randomCount: count)
        let box = try RecipientKey(key.publicKey.bytes).seal(secret)
        #expect(box.count == count + 48)
        #expect(try key.open(box) == secret)
        #expect(try key.publicKey.seal(secret) != box)
        expectError(.notAuthentic) { try ReceivingKey.random().open(box) }
    }

    @Test("do not open a box with a changed bit", arguments: 0..<80)
    func flippedBit(_ place: Int) throws {
        var box = Self.box
        // The highest bit of an X25519 point is not part of it, but it is of the box's nonce.
        box[place] ^= 0x80
        let key = try ReceivingKey(secretKey: Self.privateKey)
        expectError(.notAuthentic) { try key.open(box) }
    }

    @Test("do not open a box of another length", arguments: [48, 79, 81])
    func otherLength(_ count: Int) throws {
        let key = try ReceivingKey(secretKey: Self.privateKey)
        expectError(.notAuthentic) { try key.open(Array((Self.box + [0])[..<count])) }
    }

    @Test("refuse what is too short for a box", arguments: [0, 1, 47])
    func tooShort(_ count: Int) {
        expectError(.wrongLength) { try ReceivingKey.random().open(Array(Self.box[..<count])) }
    }

    /// Points of small order, with which anyone would know the shared secret (RFC 7748, section 7).
    @Test("a point of small order is no recipient", arguments: [0, 1] as [UInt8])
    func smallOrder(_ first: UInt8) throws {
        let point = try RecipientKey([first] + [UInt8](repeating: 0, count: 31))
        expectError(.invalidKey) { try point.seal(SecretBytes(randomCount: 32)) }
    }

    @Test("have one length", arguments: [0, 31, 33])
    func length(_ count: Int) {
        expectError(.wrongLength) { try ReceivingKey(secretKey: SecretBytes(randomCount: count)) }
        expectError(.wrongLength) { try RecipientKey(randomBytes(count)) }
    }
}
