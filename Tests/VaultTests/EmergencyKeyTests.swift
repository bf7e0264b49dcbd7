import Crypto
import Testing

@testable import Vault

@Suite("The wrapped key of the emergency kit")
struct EmergencyKeyTests {
    private var key: EmergencyKey { KeyringFixture.opened.emergencyKey }

    @Test(
        "is written in the base32 of RFC 4648",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(plain: String, text: String) {
        #expect(Base32.encode(Array(plain.utf8)) == text)
        #expect(Base32.decode(text) == Array(plain.utf8))
    }

    @Test("opens with the recovery key, to the same keys")
    func opens() throws {
        let read = try EmergencyKey(parsing: key.text)
        #expect(read == key)
        let opened = try read.open(recoveryKey: KeyringFixture.recoveryKey)
        let made = KeyringFixture.opened
        #expect(opened.keys.vault == made.keys.vault && opened.keys.masterKey == made.keys.masterKey)
        #expect(opened.signingKey.seed == made.signingKey.seed)
        #expect(opened.receivingKey.secretKey == made.receivingKey.secretKey)
        #expect(try opened.recoveryKey() == KeyringFixture.recoveryKey)
        #expect(opened.emergencyKey.vault == key.vault)
    }

    @Test("is read however it was typed")
    func typing() throws {
        let letters = key.text.filter { $0 != " " }
        #expect(letters.count == 380)
        let typed = letters.lowercased().replacing("o", with: "0").replacing("i", with: "1").replacing(
            "b", with: "8")
        #expect(try EmergencyKey(parsing: " \n" + typed + "\t") == key)
    }

    @Test("is refused where a letter is wrong, two are swapped, or some are missing")
    func mistyped() throws {
        let letters = Array(key.text.filter { $0 != " " })
        for place in letters.indices {
            var wrong = letters
            wrong[place] = wrong[place] == "A" ? "C" : "A"
            #expect(throws: VaultError.self) { try EmergencyKey(parsing: String(wrong)) }
        }
        let place = try #require(letters.indices.dropLast().first { letters[$0] != letters[$0 + 1] })
        var swapped = letters
        swapped.swapAt(place, place + 1)
        for wrong in [swapped, Array(letters.dropLast()), letters + ["A"], [], Array("no key, is it?")] {
            #expect(throws: VaultError.self) { try EmergencyKey(parsing: String(wrong)) }
        }
    }

    @Test("does not open with other words")
    func otherWords() {
        let error = #expect(throws: VaultError.self) {
            try key.open(recoveryKey: SecretBytes(randomCount: 32))
        }
        #expect(error?.code == .wrongRecoveryPhrase)
    }
}
