import Crypto
import Testing

@Suite("Wrapped keys")
struct WrappedKeyTests {
    static let key = SecretBytes(Array(0..<32))
    static let secret = SecretBytes(Array(64..<96))
    static let purpose = Array("masterKey".utf8)

    /// Made by PyNaCl 1.6 (`SecretBox`) under the subkey that Python's `hmac` gives; its nonce is 64 65 … 7b.
    static let stored = [UInt8](
        hex: """
            6465666768696a6b6c6d6e6f707172737475767778797a7b423c8026d785eb207c790a0337302be2\
            693161f8be12c4719dc065f17369d04cfd1f7d75ec2fbb1878000f34731619ce
            """)!

    @Test("of another writer are unwrapped")
    func fixture() throws {
        #expect(try WrappedKey(Self.stored).unwrap(under: Self.key, purpose: Self.purpose) == Self.secret)
    }

    @Test("give back any secret", arguments: [1, 16, 32, 64])
    func roundTrip(_ count: Int) throws {
        let secret = SecretBytes(randomCount: count)
        let wrapped = WrappedKey(wrapping: secret, under: Self.key, purpose: Self.purpose)
        let stored = try WrappedKey(wrapped.bytes, secretByteCount: count)
        #expect(stored.bytes.count == 24 + 16 + count)
        #expect(try stored.unwrap(under: Self.key, purpose: Self.purpose) == secret)
    }

    @Test("of one secret differ each time")
    func nonces() {
        let wrapped = (0..<2).map { _ in
            WrappedKey(wrapping: Self.secret, under: Self.key, purpose: Self.purpose)
        }
        #expect(wrapped[0].bytes[..<24] != wrapped[1].bytes[..<24])
        #expect(wrapped[0].bytes[24...] != wrapped[1].bytes[24...])
    }

    @Test("do not open in another place or under another key")
    func elsewhere() throws {
        let wrapped = try WrappedKey(Self.stored)
        for purpose in ["masterKey ", "recoveryKey", ""] {
            expectError(.notAuthentic) { try wrapped.unwrap(under: Self.key, purpose: Array(purpose.utf8)) }
        }
        expectError(.notAuthentic) {
            try wrapped.unwrap(under: SecretBytes(randomCount: 32), purpose: Self.purpose)
        }
    }

    @Test("do not open with a changed bit: in the nonce, the code, the ciphertext", arguments: 0..<72)
    func flippedBit(_ place: Int) throws {
        var stored = Self.stored
        stored[place] ^= 1 << (place % 8)
        let wrapped = try WrappedKey(stored)
        expectError(.notAuthentic) { try wrapped.unwrap(under: Self.key, purpose: Self.purpose) }
    }

    @Test("have one length", arguments: [0, 39, 40, 71, 73])
    func length(_ count: Int) {
        expectError(.wrongLength) { try WrappedKey([UInt8](repeating: 0, count: count)) }
    }
}
