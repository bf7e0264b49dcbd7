import Crypto
import Foundation
import Testing

@testable import Vault

/// What a keyring's MAC covers is read in one way by every reader, whatever stands in the JSON.
@Suite("A keyring's fields")
struct KeyringFieldTests {
    private typealias Fixture = KeyringFixture

    private func open(_ json: String) throws -> Keyring.Opened {
        try Keyring(parsing: Array(json.utf8), subject: "keyring").open(masterKey: Fixture.masterKey)
    }

    private func json(_ fields: [String: String]) throws -> String {
        String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }

    @Test("are covered in the order of their names' bytes, also those of later versions")
    func order() throws {
        let names = ["", " ", "\"", "A", "Z", "\\", "_", "a", "a\"b", "{", "~", "vault2", "\u{7f}", "\n"]
        let fields = Fixture.authenticated { fields in
            for name in names { fields[name] = "\u{e9} of \(name)" }
        }
        #expect(try open(json(fields)).keys.masterKey == Fixture.masterKey)
    }

    @Test(
        "have names of ASCII, whoever made the MAC",
        arguments: ["\u{e9}", "e\u{301}", "\u{212b}", "\u{fb00}", "vault\u{200b}", "\u{1f4f7}"])
    func names(_ name: String) throws {
        let fields = Fixture.authenticated { $0[name] = "1" }
        expectError(.malformed) { try open(json(fields)) }
    }

    @Test(
        "stand there once, whichever of the two the MAC is right of",
        arguments: ["vault", "kdf_salt", "mac", "\\u0076ault", "later", "\\u006cater"])
    func once(_ name: String) throws {
        let fields = Fixture.authenticated { $0["later"] = "of a later version" }
        let whole = try json(fields)
        #expect(try open(whole).keys.masterKey == Fixture.masterKey)
        expectError(.malformed) { try open("{\"\(name)\":\"\"," + whole.dropFirst()) }
        expectError(.malformed) { try open(whole.dropLast() + ",\"\(name)\":\"\"}") }
    }
}
