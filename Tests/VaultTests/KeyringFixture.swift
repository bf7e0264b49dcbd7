import Crypto
import Foundation

@testable import Vault

/// A keyring with the weakest password key that is allowed, made once, and changes to its JSON.
enum KeyringFixture {
    static let password = SecretBytes(Array("correct horse".utf8))
    private static let made = Keyring.make(
        password: try! PasswordKey.make(password: password, strength: .interactive), created: TestVault.time)
    static let opened = made.opened
    static let recoveryKey = made.recoveryKey
    static let masterKey = opened.keys.masterKey
    static let bytes = opened.keyring.bytes
    static let fields = try! JSONDecoder().decode([String: String].self, from: Data(bytes))

    static let wrappedFields = [
        "master_key_under_password", "master_key_under_recovery_key", "recovery_key_under_master_key",
        "signing_key_under_master_key", "receiving_key_under_master_key",
    ]

    static func parse(_ fields: [String: String]) throws -> Keyring {
        try Keyring(parsing: [UInt8](JSONEncoder().encode(fields)), subject: "keyring")
    }

    /// The keyring's fields after `change`, with a MAC that only the owner could make.
    static func authenticated(_ change: (inout [String: String]) -> Void) -> [String: String] {
        var fields = fields
        change(&fields)
        fields["mac"] = mac(fields).hex
        return fields
    }

    /// The MAC as the format has it, written down a second time.
    static func mac(_ fields: [String: String]) -> SHA256Digest {
        let zeros = [UInt8](repeating: 0, count: 8)
        // HKDF-Expand of RFC 5869.
        let recordKey = HMACSHA256.authenticate(
            (Array("photobackup/1 record\0".utf8) + opened.keyring.vault.bytes + zeros + [1]).span.bytes,
            key: masterKey)
        var message = Array("photobackup/1 keyring\0".utf8) + zeros
        for name in fields.keys.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        where name != "mac" {
            message += Array("\(name)\0\(fields[name]!)\0".utf8)
        }
        return HMACSHA256.authenticate(message.span.bytes, key: recordKey.bytes.span.bytes)
    }
}
