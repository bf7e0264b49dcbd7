import Crypto
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    /// The examples of FIPS 180-4 (NIST, "Examples with Intermediate Values").
    @Test(
        "of NIST's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                """
                abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno\
                ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu
                """,
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func examples(_ text: String, _ expected: String) {
        #expect(SHA256.hash(Array(text.utf8)).hex == expected)
    }

    @Test("is the same for bytes that arrive in pieces", arguments: [1, 55, 56, 63, 64, 65, 1000])
    func pieces(_ size: Int) {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var hasher = SHA256()
        // Twice, because a hasher begins anew.
        for _ in 0..<2 {
            for start in stride(from: 0, to: message.count, by: size) {
                let piece = Array(message[start..<min(start + size, message.count)])
                hasher.update(piece.span.bytes)
            }
            let digest = hasher.finalize()
            #expect(digest == SHA256.hash(message))
        }
    }
}

@Suite("SHA-256 digests")
struct SHA256DigestTests {
    @Test("are ordered as their bytes are, at each place", arguments: 0..<32)
    func order(_ place: Int) throws {
        var bytes = [UInt8](repeating: 0x7f, count: 32)
        let middle = try #require(SHA256Digest(bytes))
        bytes[place] = 0x80
        let greater = try #require(SHA256Digest(bytes))
        #expect(middle < greater)
        #expect(!(greater < middle))
        #expect(middle != greater)
        #expect(greater.bytes == bytes)
    }

    @Test("come from 64 lowercase hexadecimal digits and from nothing else")
    func hexadecimal() throws {
        let text = "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
        let digest = try #require(SHA256Digest(hex: text))
        #expect(digest.hex == text)
        #expect(SHA256Digest(hex: text.uppercased()) == nil)
        #expect(SHA256Digest(hex: text.dropLast()) == nil)
        #expect(SHA256Digest(hex: text.dropLast(2)) == nil)
        #expect(SHA256Digest(hex: text + "00") == nil)
        #expect(SHA256Digest(hex: text.dropLast() + "g") == nil)
        #expect(SHA256Digest([UInt8](repeating: 0, count: 31)) == nil)
    }
}

@Suite("HMAC-SHA-256")
struct HMACTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    /// RFC 4231, section 4.
    static let vectors = [
        Vector(
            testDescription: "case 1", key: .init(repeating: 0x0b, count: 20),
            message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            testDescription: "case 2", key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            testDescription: "case 3", key: .init(repeating: 0xaa, count: 20),
            message: .init(repeating: 0xdd, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            testDescription: "case 4", key: Array(1...25), message: .init(repeating: 0xcd, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            testDescription: "case 5, truncated to 128 bits", key: .init(repeating: 0x0c, count: 20),
            message: Array("Test With Truncation".utf8), code: "a3b6167473100ee06e0c796c2955552b"),
        Vector(
            testDescription: "case 6", key: .init(repeating: 0xaa, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            testDescription: "case 7", key: .init(repeating: 0xaa, count: 131),
            message: Array(
                """
                This is a test using a larger than block-size key and a larger than block-size data. The key \
                needs to be hashed before being used by the HMAC algorithm.
                """.utf8),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test("of RFC 4231", arguments: vectors)
    func published(_ vector: Vector) {
        let secret = SecretBytes(vector.key)
        let message = vector.message.span.bytes
        let code = HMACSHA256.authenticate(message, key: secret).hex
        #expect(code.hasPrefix(vector.code))
        let codeUnderBytes = HMACSHA256.authenticate(message, key: vector.key.span.bytes).hex
        #expect(codeUnderBytes == code)
    }

    @Test("begins anew with the same key, also an empty one", arguments: [0, 1, 32, 64, 65])
    func again(_ keyByteCount: Int) {
        let key = [UInt8](repeating: 7, count: keyByteCount)
        let message = Array("message".utf8)
        let expected = HMACSHA256.authenticate(message.span.bytes, key: key.span.bytes)
        var mac = HMACSHA256(key: key.span.bytes)
        mac.update(message.span.bytes)
        mac.update(message.span.bytes)
        let code = mac.finalize()
        #expect(code != expected)
        for place in message.indices { mac.update(message.span.bytes.extracting(place..<(place + 1))) }
        let codeOfPieces = mac.finalize()
        #expect(codeOfPieces == expected)
    }
}

@Suite("Subkeys")
struct KeyDerivationTests {
    /// RFC 5869, appendix A: the pseudorandom keys, and the first 32 bytes of what is expanded from them.
    @Test(
        "are HKDF-Expand's first block",
        arguments: [
            (
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", Array(0xf0...0xf9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
            ),
            (
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244", Array(0xb0...0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            ),
            (
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", [],
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            ),
        ] as [(String, [UInt8], String)])
    func published(_ key: String, _ purpose: [UInt8], _ subkey: String) {
        let subkeyOfKey = KeyDerivation.subkey(of: .hexadecimal(key), purpose: purpose)
        #expect(subkeyOfKey == .hexadecimal(subkey))
    }
}
