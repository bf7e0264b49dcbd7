import Terminal
import Testing

@Suite struct FileNameTests {
    @Test(
        arguments: [
            (Array("a b.jpg".utf8), "a b.jpg"), (Array("Zoë ✓.jpg".utf8), "Zoë ✓.jpg"),
            (Array("a\nphotobackup: error".utf8), #"a\x0aphotobackup: error"#),
            (Array("\u{1b}[2J".utf8), #"\x1b[2J"#), (Array("a\u{9b}31m".utf8), #"a\xc2\x9b31m"#),
            ([0x61, 0xff, 0x62], #"a\xffb"#), ([0xc3], #"\xc3"#), ([0xe2, 0x82, 0x41], #"\xe2\x82A"#),
            (Array(#"a\xff"#.utf8), #"a\\xff"#), (Array("a\u{202e}gpj".utf8), #"a\xe2\x80\xaegpj"#),
            (Array("a\u{2028}b".utf8), #"a\xe2\x80\xa8b"#), ([0xed, 0xa0, 0x80], #"\xed\xa0\x80"#), ([], ""),
        ] as [([UInt8], String)])
    func aNameOnATerminalForgesNothing(bytes: [UInt8], text: String) {
        #expect(FileName(bytes).text == text)
    }

    /// What has no width lets one name pass for another; what is seen, marks of letters included, stays.
    @Test(arguments: [
        "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{2063}", "\u{feff}", "\u{ad}", "\u{34f}",
        "\u{3164}",
        "\u{115f}", "\u{180e}", "\u{e0041}", "\u{fff9}", "\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}",
        "\u{61c}",
        "\u{200e}", "\u{200f}", "\u{2028}", "\u{85}", "\u{7f}",
    ])
    func nothingInvisibleIsShownAsItIs(character: String) {
        for text in [FileName(Array("a\(character)b".utf8)).text, singleLine("a\(character)b")] {
            #expect(text.hasPrefix("a\\x") && text.hasSuffix("b"))
            #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
        }
    }

    @Test(arguments: [
        "Zo\u{308}e", "\u{1f4f7}\u{fe0f}", "\u{5d0}\u{5d1}", "\u{600}1", "e\u{301}\u{327}", "\u{a0}x",
    ])
    func whatIsSeenIsShown(name: String) {
        #expect(FileName(Array(name.utf8)).text == name)
    }

    @Test func aNameInJSONIsItselfOrTellsItsBytes() {
        #expect(FileName(Array("a\n\\ë".utf8)).jsonText == "a\n\\ë")
        #expect(FileName(Array("a\n\\ë".utf8)).base64 == nil)
        #expect(FileName([0x61, 0xff]).jsonText == "a\u{fffd}")
        #expect(FileName([0x61, 0xff]).base64 == "Yf8=")
    }

    @Test func aMessageStaysOnItsLine() {
        #expect(singleLine("a\\b\r\nc") == #"a\b\x0d\x0ac"#)
    }
}

@Suite struct HumanReadableTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567_890, "1.2 GB"), (9_949_999, "9.9 MB"),
        (9_950_000, "10 MB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (Int.max, "9.2 EB"),
    ])
    func sizes(bytes: Int, text: String) {
        #expect(HumanReadable.bytes(bytes) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_204_000, "1,204,000"), (-1234, "-1,234")])
    func counts(number: Int, text: String) {
        #expect(HumanReadable.count(number) == text)
    }

    @Test(arguments: [(-1, "0:00"), (7, "0:07"), (750, "12:30"), (11_109, "3:05:09")])
    func clocks(seconds: Int, text: String) {
        #expect(HumanReadable.clock(.seconds(seconds)) == text)
    }
}

@Suite struct DiagnosticTests {
    @Test func aDiagnosticHasTheFormOfTheDesign() {
        let diagnostic = Diagnostic(what: "backblaze", why: "no such bucket", hint: "make it")
        #expect(diagnostic.text(.error) == "photobackup: error: backblaze: no such bucket\nhint: make it\n")
        #expect(Diagnostic(what: "a", why: "b").text(.warning) == "photobackup: warning: a: b\n")
    }

    @Test func noPartOfItForgesALine() {
        let diagnostic = Diagnostic(what: "a\nb", why: "c\u{1b}[1A", hint: "d\ne")
        #expect(diagnostic.text(.error) == "photobackup: error: a\\x0ab: c\\x1b[1A\nhint: d\\x0ae\n")
    }
}

@Suite struct ExitStatusTests {
    @Test func theNumbersAreThoseOfTheDesign() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 3, 4, 5, 10, 11, 12, 64, 78, 130])
    }

    @Test(
        arguments: [
            ([], .done), ([.done], .done), ([.sourceUnreadable, .done], .sourceUnreadable),
            ([.replicaBehind, .sourceUnreadable], .replicaBehind), ([.damaged, .replicaBehind], .damaged),
        ] as [([ExitStatus], ExitStatus)])
    func theHighestFindingWins(findings: [ExitStatus], status: ExitStatus) {
        #expect(ExitStatus.highest(of: findings) == status)
    }
}
