import Crypto
import Sharing
import Testing

@testable import Vault

/// Keys as people send and compare them.
@Suite struct PublicIdentityTests {
    /// Of the keys 00…1f and 20…3f. Made with Python's hashlib, base64.b32encode and the word list of BIP39.
    private static let text =
        "aeaacaqdaqcqmbyibefawdanbyhraeiscmkbkfqxdamrugy4dupb6ibbeirsijjge4ucskrlfqws4lzqgezdgnbvgy3tqoj2hm6d2pr7di3yoba"
    private static let words = "worth fiction hen tragic awake rally virus slam soccer escape police busy"

    private let identity = PublicIdentity(Array(0..<64))!

    @Test func isWrittenAndReadAsSpecified() throws {
        #expect(identity.text == Self.text)
        #expect(identity.verificationID.description == Self.words)
        #expect(try PublicIdentity(parsing: Self.text) == identity)
        #expect(try PublicIdentity(parsing: " \(Self.text.uppercased())\n") == identity)
        #expect(identity.receivingKey.bytes == Array(0..<32) && identity.signingKey.bytes == Array(32..<64))
    }

    @Test func aMistypedKeyIsNone() throws {
        for place in stride(from: 0, to: Self.text.count, by: 7) {
            var letters = Array(Self.text)
            letters[place] = letters[place] == "a" ? "b" : "a"
            #expect(throws: VaultError.self) { try PublicIdentity(parsing: String(letters)) }
        }
        for text in ["", "a", String(Self.text.dropLast()), Self.text + "a", "not a key!"] {
            #expect(throws: VaultError.self) { try PublicIdentity(parsing: text) }
        }
    }

    @Test func eitherKeySwappedShowsOtherWords() {
        var receiving = Array(UInt8(0)..<64)
        receiving[0] ^= 1
        var signing = Array(UInt8(0)..<64)
        signing[63] ^= 1
        for bytes in [receiving, signing] {
            #expect(PublicIdentity(bytes)!.verificationID != identity.verificationID)
        }
    }

    @Test func oneWithoutAVaultIsTheSameFromTheSameSeed() throws {
        let seed = SecretBytes(copying: Array(repeating: 7 as UInt8, count: 32).span.bytes)
        #expect(try Identity(seed: seed).publicIdentity == Identity(seed: seed).publicIdentity)
        #expect(try Identity(seed: seed).publicIdentity != Identity.random().publicIdentity)
        #expect(throws: VaultError.self) { try Identity(seed: SecretBytes(randomCount: 31)) }
    }

    @Test func aGrantIsReadFromTheTextItIsSentIn() {
        let bytes = (0..<200).map { UInt8($0) }
        let text = GrantText.encode(bytes)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 64 })
        #expect(GrantText.decode(Array("Hello,\r\n\(text)\r\nyours".utf8)) == bytes)
        #expect(GrantText.decode(bytes) == bytes)
    }
}
