import Crypto
import Testing

@Suite("Authenticated boxes")
struct AuthenticatedBoxTests {
    private static let box = AuthenticatedBox(key: SecretBytes(Array(0..<32)))
    private static let secret = [UInt8](64..<96)
    private static let row = Array("row 1".utf8)

    private func open(
        _ bytes: [UInt8], _ row: [UInt8] = row, with box: AuthenticatedBox = box
    ) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try box.open($0, associatedData: row) }
    }

    private static func seal(_ secret: [UInt8] = secret) -> [UInt8] {
        secret.withUnsafeBytes { box.seal($0, associatedData: row) }
    }

    /// Made by PyNaCl 1.6 (`crypto_aead_xchacha20poly1305_ietf_encrypt`); its nonce is 64 65 … 7b.
    @Test("of another writer open")
    func fixture() throws {
        let stored = [UInt8](
            hex: """
                6465666768696a6b6c6d6e6f707172737475767778797a7b3c32bbf3bb6bcfc5cf79d774ea22f386\
                0bea0022b0799ce7d40c3efc7703264fa71ddabfb242db1b8f755d1ef408c49c
                """)!
        #expect(try open(stored) == Self.secret)
    }

    @Test("give back any secret", arguments: [0, 1, 32, 1000])
    func roundTrip(_ count: Int) throws {
        let secret = randomBytes(count)
        let sealed = Self.seal(secret)
        #expect(sealed.count == count + AuthenticatedBox.overheadByteCount)
        #expect(try open(sealed) == secret)
    }

    @Test("of one secret begin with another nonce each time")
    func nonces() {
        #expect(Set((0..<1000).map { _ in Self.seal().prefix(24) }).count == 1000)
    }

    @Test("do not open in another row, under another key, or with a changed bit")
    func refused() throws {
        let sealed = Self.seal()
        for row in ["row 2", "row 11", "row ", ""] {
            expectError(.notAuthentic) { try open(sealed, Array(row.utf8)) }
        }
        expectError(.notAuthentic) {
            try open(sealed, with: AuthenticatedBox(key: SecretBytes(randomCount: 32)))
        }
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1 << (place % 8)
            expectError(.notAuthentic) { try open(changed) }
        }
        expectError(.notAuthentic) { try open(Array(sealed.dropLast())) }
    }

    @Test("refuse what is too short for a box", arguments: [0, 24, 39])
    func tooShort(_ count: Int) {
        expectError(.wrongLength) { try open([UInt8](repeating: 0, count: count)) }
    }
}
