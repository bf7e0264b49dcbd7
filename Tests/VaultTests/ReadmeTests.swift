import Crypto
import Testing

@testable import Vault

/// README.txt is known by the vault's signature in it, in whatever words.
@Suite struct ReadmeTests {
    private let key = SigningKey.random()
    private var text: [UInt8] { Readme.text(vault: TestVault.id, by: key) }

    private func isGenuine(_ bytes: [UInt8]) -> Bool {
        Readme.isGenuine(bytes, vault: TestVault.id, by: key.publicKey)
    }

    @Test func itIsTheSameEachTimeAndGenuine() {
        #expect(text == Readme.text(vault: TestVault.id, by: key))
        #expect(isGenuine(text))
        #expect(text.count < Readme.maximumByteCount)
    }

    @Test func anotherVersionsWordsAreGenuine() {
        #expect(isGenuine(Readme.signed("Version 9 says it otherwise.\n", vault: TestVault.id, by: key)))
        #expect(isGenuine(Readme.signed("", vault: TestVault.id, by: key)))
    }

    @Test func noByteOfItCanBeChanged() {
        let text = text
        for place in text.indices {
            var changed = text
            changed[place] ^= 1 << UInt8(place % 8)
            // A hexadecimal digit in the other case is the same digit.
            let isCase = place % 8 == 5 && place > text.count - 130
            if isGenuine(changed) { #expect(isCase, "byte \(place)") }
        }
        for count in [0, 1, text.count - 130, text.count - 1] {
            #expect(!isGenuine(Array(text.prefix(count))))
        }
        #expect(!isGenuine(text + text) && !isGenuine(text + [10]) && !isGenuine(Array("hello\n".utf8)))
    }

    @Test func anotherVaultsIsNot() {
        #expect(!isGenuine(Readme.text(vault: TestVault.other, by: key)))
        #expect(!isGenuine(Readme.text(vault: TestVault.id, by: SigningKey.random())))
    }
}
