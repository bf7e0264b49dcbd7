import Crypto
import Testing

@Suite("Recovery phrases")
struct RecoveryPhraseTests {
    /// The 256-bit vectors of Trezor's reference implementation (`python-mnemonic`, `vectors.json`).
    static let vectors = [
        ("0000000000000000000000000000000000000000000000000000000000000000", repeated("abandon") + "art"),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            """
            legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
            legal winner thank year wave sausage worth title
            """
        ),
        (
            "8080808080808080808080808080808080808080808080808080808080808080",
            """
            letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor \
            acoustic avoid letter advice cage absurd amount doctor acoustic bless
            """
        ),
        ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", repeated("zoo") + "vote"),
        (
            "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
            """
            hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel \
            tennis maple dilemma loan word shrug inflict delay length
            """
        ),
        (
            "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
            """
            panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation \
            flash devote level hobby quick inner drive ghost inside
            """
        ),
        (
            "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
            """
            all hour make first leader extend hole alien behind guard gospel lava path output census museum \
            junior mass reopen famous sing advance salt reform
            """
        ),
        (
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            """
            void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen \
            patrol group space point ten exist slush involve unfold
            """
        ),
    ]

    private static func repeated(_ word: String) -> String { String(repeating: word + " ", count: 23) }

    @Test("are those of the reference implementation, in both directions", arguments: vectors)
    func published(_ key: String, _ phrase: String) throws {
        #expect(RecoveryPhrase.encode(.hexadecimal(key)) == phrase)
        #expect(try RecoveryPhrase.decode(phrase) == .hexadecimal(key))
    }

    @Test("give back random keys")
    func roundTrip() throws {
        for _ in 0..<100 {
            let key = SecretBytes(randomCount: 32)
            #expect(try RecoveryPhrase.decode(RecoveryPhrase.encode(key)) == key)
        }
    }

    @Test("are read as people write them: any case, any space, four letters a word")
    func asWritten() throws {
        let (key, phrase) = Self.vectors[5]
        let words = phrase.split(separator: " ")
        let variants = [
            phrase.uppercased(), "  " + words.joined(separator: "\n\t ") + "\r\n",
            words.map { $0.prefix(4) }.joined(separator: " "),
            words.map { $0.prefix(5).capitalized }.joined(separator: "\u{a0}"),
        ]
        for variant in variants {
            #expect(try RecoveryPhrase.decode(variant) == .hexadecimal(key))
        }
    }

    @Test("of another number of words are refused", arguments: [0, 1, 12, 23, 25])
    func wordCount(_ count: Int) {
        let phrase = repeatElement("abandon", count: count).joined(separator: " ")
        expectError(.invalidPhrase) { try RecoveryPhrase.decode(phrase) }
    }

    @Test("with a word that is none are refused, by its place", arguments: [0, 11, 23])
    func unknownWord(_ place: Int) {
        for stranger in ["zzzz", "aban-don", "aba", "abandonn", "zoos", "1234", "äbandon"] {
            var words = Self.vectors[4].1.split(separator: " ").map(String.init)
            words[place] = stranger
            let error = #expect(throws: CryptoError.self) {
                try RecoveryPhrase.decode(words.joined(separator: " "))
            }
            #expect(error?.code == .invalidPhrase)
            #expect(error?.description.contains("word \(place + 1) ") == true)
            #expect(error?.description.contains(stranger) == false)
        }
    }

    @Test("with two words in each other's place are refused", arguments: 0..<23)
    func swapped(_ place: Int) {
        var words = Self.vectors[5].1.split(separator: " ")
        words.swapAt(place, place + 1)
        // One exchange in 256 has a checksum that fits; none of these has.
        expectError(.invalidPhrase) { try RecoveryPhrase.decode(words.joined(separator: " ")) }
    }

    @Test("are refused for each other last word of the same key")
    func checksum() {
        // The last word holds 3 bits of the key, so that 8 of 2,048 words fit: one of them for this key.
        let words = Self.vectors[0].1.split(separator: " ").dropLast().joined(separator: " ")
        for last in ["abandon", "ability", "able", "about", "above", "arrow", "arrest", "artist"] {
            expectError(.invalidPhrase, "\(last)") { try RecoveryPhrase.decode("\(words) \(last)") }
        }
    }
}
