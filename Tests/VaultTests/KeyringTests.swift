import Crypto
import Foundation
import Testing

@testable import Vault

@Suite("Keyrings")
struct KeyringTests {
    typealias Fixture = KeyringFixture

    /// A stored keyring is read back and has the keys that were made.
    private func expectSame(_ opened: Keyring.Opened, as made: Keyring.Opened = Fixture.opened) {
        #expect(opened.keys.vault == made.keys.vault)
        #expect(opened.keys.masterKey == made.keys.masterKey)
        #expect(opened.keys.contentKey == made.keys.contentKey)
        #expect(opened.signingKey.seed == made.signingKey.seed)
        #expect(opened.signingKey.publicKey == opened.keyring.signingPublicKey)
        #expect(opened.receivingKey.secretKey == made.receivingKey.secretKey)
        #expect(opened.keyring.bytes == made.keyring.bytes)
    }

    private var parsed: Keyring {
        get throws { try Keyring(parsing: Fixture.bytes, subject: "keyring") }
    }

    @Test("open with the password, the recovery key and the master key, to the same keys")
    func opens() throws {
        expectSame(try parsed.open(password: Fixture.password))
        expectSame(try parsed.open(recoveryKey: Fixture.recoveryKey))
        expectSame(try parsed.open(masterKey: Fixture.masterKey))
    }

    @Test("open with the 24 words that were written down")
    func words() throws {
        let words = RecoveryPhrase.encode(Fixture.recoveryKey)
        expectSame(try parsed.open(recoveryKey: RecoveryPhrase.decode(words)))
    }

    @Test("of full strength open with their password")
    func sensitive() throws {
        let key = try PasswordKey.make(password: Fixture.password, strength: .sensitive)
        let product = key.parameters.passes * UInt64(key.parameters.memoryByteCount)
        #expect(product == 4 << 30)
        #expect(key.parameters.memoryByteCount >= 128 << 20)
        let made = Keyring.make(password: key, created: TestVault.time)
        let keyring = try Keyring(parsing: made.opened.keyring.bytes, subject: "keyring")
        #expect(keyring.passwordParameters == key.parameters)
        expectSame(try keyring.open(password: Fixture.password), as: made.opened)
    }

    @Test("have a name with their sequence number and the hash of their bytes")
    func name() throws {
        let digest = SHA256.hash(Fixture.bytes)
        #expect(try parsed.name == .keyring(sequence: 1, digest))
        #expect(try parsed.name.key.rawValue == "keyring/0000000001-\(digest.hex).json")
    }

    @Test("hold the vault, the parameters and the wrapped keys as text, and a MAC over all that")
    func format() throws {
        let fields = Fixture.fields
        #expect(fields.count == 18)
        #expect(fields["format"] == "1")
        #expect(fields["created"] == "2026-11-21T17:28:00Z")
        #expect(fields["kdf"] == "argon2id13")
        #expect(fields["kdf_passes"] == "2")
        #expect(fields["kdf_memory"] == "67108864")
        #expect(fields["vault"] == Fixture.opened.keys.vault.hex)
        for name in Fixture.wrappedFields { #expect(fields[name]?.utf8.count == 2 * (24 + 16 + 32)) }
        #expect(fields["mac"] == Fixture.mac(fields).hex)
    }

    @Test("of two vaults share no key, also with the same password key")
    func fresh() throws {
        let password = try PasswordKey.make(password: Fixture.password, strength: .interactive)
        let pair = (0..<2).map { _ in Keyring.make(password: password, created: TestVault.time) }
        #expect(pair[0].recoveryKey != pair[1].recoveryKey)
        #expect(pair[0].opened.keys.vault != pair[1].opened.keys.vault)
        #expect(pair[0].opened.keys.masterKey != pair[1].opened.keys.masterKey)
        #expect(pair[0].opened.signingKey.seed != pair[1].opened.signingKey.seed)
        expectError(.wrongRecoveryPhrase) {
            try pair[0].opened.keyring.open(recoveryKey: pair[1].recoveryKey)
        }
    }

    @Test("tell a wrong password, wrong words and another master key")
    func wrong() throws {
        let keyring = try parsed
        for password in ["", "correct hors", "Correct horse", "correct horse "] {
            expectError(.wrongPassword, "\(password)") {
                try keyring.open(password: SecretBytes(Array(password.utf8)))
            }
        }
        expectError(.wrongRecoveryPhrase) { try keyring.open(recoveryKey: SecretBytes(randomCount: 32)) }
        expectError(.wrongRecoveryPhrase) { try keyring.open(recoveryKey: Fixture.masterKey) }
        expectError(.notAuthentic) { try keyring.open(masterKey: SecretBytes(randomCount: 32)) }
        expectError(.notAuthentic) { try keyring.open(masterKey: Fixture.recoveryKey) }
    }

    @Test("that are damaged are told from a wrong password")
    func damaged() throws {
        var fields = Fixture.fields
        fields["master_key_under_password"]! = String(repeating: "0", count: 144)
        expectError(.notAuthentic) { try Fixture.parse(fields).open(password: Fixture.password) }
        expectError(.wrongPassword) { try Fixture.parse(fields).open(password: Fixture.recoveryKey) }

        fields = Fixture.fields
        fields["created"] = "2026-11-21T17:28:01Z"
        expectError(.notAuthentic) { try Fixture.parse(fields).open(password: Fixture.password) }
        expectError(.notAuthentic) { try Fixture.parse(fields).open(recoveryKey: Fixture.recoveryKey) }
        expectError(.wrongPassword) { try Fixture.parse(fields).open(password: Fixture.recoveryKey) }
    }

    @Test("with fields that this version does not know are read, and keep them under the MAC")
    func unknownField() throws {
        let fields = Fixture.authenticated { $0["a_field_of_2030"] = "with a value" }
        let opened = try Fixture.parse(fields).open(masterKey: Fixture.masterKey)
        #expect(opened.keys.masterKey == Fixture.masterKey)
    }
}
