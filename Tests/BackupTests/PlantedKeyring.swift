import Crypto
import Foundation
import ObjectStore
import SoakTesting

@testable import Vault

/// A keyring as somebody without the vault's keys can make it.
struct PlantedKeyring {
    let key: ObjectKey
    let bytes: [UInt8]

    /// One of each kind, drawn by `generator`; its sequence may be anything.
    init(of genuine: [UInt8], using generator: inout SeededGenerator) throws {
        let sequence = generator.pick([
            0, 1, 1, 2, 3, UInt32.random(in: 0...UInt32.max, using: &generator), .max,
        ])
        switch Int.random(in: 0..<6, using: &generator) {
        case 0:
            // Of another vault, whose MAC nobody has made.
            self.init(genuine, sequence, ["vault": generator.bytes(16).hex, "mac": Self.zeros])
        case 1: self.init(genuine, sequence, ["mac": Self.zeros])
        case 2:
            // Another password, which its own check value belongs to.
            self.init(
                genuine, sequence,
                ["kdf_salt": generator.bytes(16).hex, "kdf_check": generator.bytes(32).hex])
        case 3:
            let made = try Self.ofAnotherVault(sequence: sequence)
            self.init(key: made.key, bytes: made.bytes)
        case 4:
            // Old bytes under a later name.
            self.init(genuine, sequence: sequence == 1 ? 7 : sequence)
        default:
            let bytes = generator.bytes(Int.random(in: 0...300, using: &generator))
            // Some are under the name of other bytes.
            let digest = generator.chance(50) ? SHA256.hash(bytes) : SHA256.hash([1])
            self.init(key: ObjectName.keyring(sequence: sequence, digest).key, bytes: bytes)
        }
    }

    private init(key: ObjectKey, bytes: [UInt8]) {
        self.key = key
        self.bytes = bytes
    }

    init(_ bytes: [UInt8], sequence: UInt32) {
        self.init(key: ObjectName.keyring(sequence: sequence, SHA256.hash(bytes)).key, bytes: bytes)
    }

    static let zeros = String(repeating: "0", count: 64)

    /// A genuine one with other fields, and the MAC as it was if that is not among them.
    init(_ genuine: [UInt8], _ sequence: UInt32, _ changes: [String: String]) {
        var fields = (try? JSONDecoder().decode([String: String].self, from: Data(genuine))) ?? [:]
        fields.merge(changes) { $1 }
        fields["sequence"] = String(sequence)
        // Each one is another object.
        fields["created"] = UUID().uuidString
        self.init((try? JSONEncoder().encode(fields)).map { [UInt8]($0) } ?? [], sequence: sequence)
    }

    /// A whole vault's, under a password of its own.
    static func ofAnotherVault(sequence: UInt32) throws -> (
        key: ObjectKey, bytes: [UInt8], opened: Keyring.Opened
    ) {
        let password = try PasswordKey.make(
            password: SecretBytes(copying: Array("another".utf8).span.bytes), strength: .interactive)
        let opened = Keyring.make(password: password, created: .now()).opened
            .changing(to: password, sequence: sequence, created: .now())
        return (opened.keyring.name.key, opened.keyring.bytes, opened)
    }
}
