import Crypto
import Foundation
import Testing

@testable import Vault

@Suite("Keyrings that were changed")
struct TamperedKeyringTests {
    typealias Fixture = KeyringFixture

    /// Without these a keyring does not parse; all others are covered by the MAC alone.
    private static let neededToParse: Set = [
        "format", "vault", "sequence", "kdf", "kdf_passes", "kdf_memory", "kdf_salt", "signing_public_key",
    ]

    private func open(_ fields: [String: String]) throws -> Keyring.Opened {
        try Fixture.parse(fields).open(masterKey: Fixture.masterKey)
    }

    @Test("do not open with a field that has another value", arguments: Fixture.fields.keys.sorted())
    func altered(_ name: String) {
        var fields = Fixture.fields
        let last = fields[name]!.removeLast()
        fields[name]!.append(("0"..."8").contains(last) ? String(Int(String(last))! + 1) : "0")
        #expect(fields != Fixture.fields)
        let code: VaultError.Code =
            switch name {
            case "format": .newerFormat
            case "kdf": .malformed
            default: .notAuthentic
            }
        expectError(code) { try open(fields) }
    }

    @Test("do not open with a field removed", arguments: Fixture.fields.keys.sorted())
    func removed(_ name: String) {
        var fields = Fixture.fields
        fields[name] = nil
        expectError(Self.neededToParse.contains(name) ? .malformed : .notAuthentic) { try open(fields) }
    }

    @Test("do not open with an empty field", arguments: Fixture.fields.keys.sorted())
    func emptied(_ name: String) {
        var fields = Fixture.fields
        fields[name] = ""
        expectError(Self.neededToParse.contains(name) ? .malformed : .notAuthentic) { try open(fields) }
    }

    @Test("do not open with a field added", arguments: ["", "a", "mac2", "vault ", "Vault", "zz"])
    func added(_ name: String) {
        var fields = Fixture.fields
        fields[name] = "1"
        expectError(.notAuthentic) { try open(fields) }
    }

    @Test("do not open with one field hidden in the value of the one before it")
    func hidden() {
        let names = Fixture.fields.keys.sorted().filter { $0 != "mac" }
        for (first, second) in zip(names, names.dropFirst()) {
            var fields = Fixture.fields
            // What the MAC is made over stays the same, byte by byte.
            fields[first]! += "\0\(second)\0\(fields[second]!)"
            fields[second] = nil
            #expect(Fixture.mac(fields).hex == Fixture.fields["mac"])
            expectError(.malformed, "\(second) in \(first)") { try open(fields) }
        }
    }

    @Test("do not open with two wrapped keys in each other's place, whoever made the MAC")
    func swapped() throws {
        let openers: [String: (Keyring) throws -> Keyring.Opened] = [
            "master_key_under_password": { try $0.open(password: Fixture.password) },
            "master_key_under_recovery_key": { try $0.open(recoveryKey: Fixture.recoveryKey) },
            "signing_key_under_master_key": { try $0.open(masterKey: Fixture.masterKey) },
            "receiving_key_under_master_key": { try $0.open(masterKey: Fixture.masterKey) },
        ]
        for first in Fixture.wrappedFields {
            for second in Fixture.wrappedFields where first != second {
                guard let open = openers[first] else { continue }
                let fields = Fixture.authenticated { fields in
                    let value = fields[first]
                    fields[first] = fields[second]
                    fields[second] = value
                }
                let code: VaultError.Code =
                    first == "master_key_under_recovery_key" ? .wrongRecoveryPhrase : .notAuthentic
                expectError(code, "\(second) as \(first)") { try open(Fixture.parse(fields)) }
            }
        }
    }

    @Test("do not open with wrapped keys of another vault", arguments: Fixture.wrappedFields)
    func ofAnotherVault(_ name: String) throws {
        let vault = VaultID.random()
        let wrapped = WrappedKey(
            wrapping: SecretBytes(randomCount: 32), under: Fixture.masterKey,
            purpose: Format.purpose(name, object: vault.bytes))
        let fields = Fixture.authenticated { $0[name] = wrapped.bytes.hex }
        switch name {
        case "signing_key_under_master_key", "receiving_key_under_master_key":
            expectError(.notAuthentic) { try open(fields) }
        case "master_key_under_password":
            expectError(.notAuthentic) { try Fixture.parse(fields).open(password: Fixture.password) }
        case "master_key_under_recovery_key":
            expectError(.wrongRecoveryPhrase) {
                try Fixture.parse(fields).open(recoveryKey: Fixture.recoveryKey)
            }
        default:
            // Not needed to open the vault: only the MAC covers it.
            #expect(throws: Never.self) { try open(fields) }
            expectError(.notAuthentic) {
                try open(Fixture.fields.merging([name: wrapped.bytes.hex]) { $1 })
            }
        }
    }

    @Test("do not open with a signing key that is not the public key's, whoever made the MAC")
    func otherSigningKey() {
        let fields = Fixture.authenticated {
            $0["signing_public_key"] = SigningKey.random().publicKey.bytes.hex
        }
        expectError(.notAuthentic) { try open(fields) }
    }

    @Test(
        "are refused for password parameters below the floor or above the ceiling",
        arguments: [
            ("1", "67108864"), ("0", "67108864"), ("2", "67108863"), ("2", "0"), ("2", "-67108864"),
            ("2", "1073741825"), ("5", "1073741824"), ("65", "67108864"),
            ("18446744073709551615", "67108864"), ("2", "9223372036854775807"),
            ("18446744073709551616", "67108864"), ("2", "9223372036854775808"), ("two", "67108864"),
            ("2", "64 MiB"), ("-2", "67108864"), ("2.0", "67108864"), (" 2", "67108864"),
        ])
    func parameters(_ passes: String, _ memory: String) {
        let fields = Fixture.authenticated {
            $0["kdf_passes"] = passes
            $0["kdf_memory"] = memory
        }
        expectError(.malformed) { try Fixture.parse(fields) }
    }

    @Test(
        "are refused for another password function or a salt of another length",
        arguments: [
            ("kdf", "argon2i13"), ("kdf", "scrypt"), ("kdf", "ARGON2ID13"), ("kdf_salt", "00"),
            ("kdf_salt", String(repeating: "00", count: 17)), ("kdf_salt", String(repeating: "0", count: 31)),
        ])
    func otherFunction(_ name: String, _ value: String) {
        let fields = Fixture.authenticated { $0[name] = value }
        expectError(.malformed) { try Fixture.parse(fields) }
    }

    @Test(
        "of a newer format are refused as such, whatever else they hold",
        arguments: ["2", "17", "4294967295"])
    func newerFormat(_ format: String) {
        expectError(.newerFormat) { try Fixture.parse(Fixture.authenticated { $0["format"] = format }) }
        expectError(.newerFormat) { try Fixture.parse(["format": format]) }
    }

    @Test("without a format are malformed", arguments: ["one", "", "-1", "4294967296", "1.0"])
    func noFormat(_ format: String) {
        expectError(.malformed) { try Fixture.parse(Fixture.authenticated { $0["format"] = format }) }
    }

    @Test(
        "that are no flat object of strings are malformed",
        arguments: [
            "", "{", "{}", "[]", "null", "\"format\"", "{\"format\": 1}", "{\"format\": \"1\"}",
            "{\"format\": \"1\", \"vault\": {}}", "<html>403 Forbidden</html>",
            String(repeating: "[", count: 60_000),
        ])
    func noObject(_ text: String) {
        expectError(.malformed) { try Keyring(parsing: Array(text.utf8), subject: "keyring") }
    }

    @Test("that are cut short anywhere are malformed")
    func cut() {
        // The last byte is a line feed, and the JSON is whole without it.
        for end in 0..<(Fixture.bytes.count - 1) {
            expectError(.malformed) { try Keyring(parsing: Array(Fixture.bytes[..<end]), subject: "keyring") }
        }
    }

    @Test("of more than 64 KiB are malformed")
    func tooLong() throws {
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 10)
        let longest = Fixture.bytes + spaces.dropFirst(Fixture.bytes.count)
        #expect(throws: Never.self) { try Keyring(parsing: longest, subject: "keyring") }
        expectError(.malformed) { try Keyring(parsing: longest + [32], subject: "keyring") }
    }
}
