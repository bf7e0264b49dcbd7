import Testing
import Vault

@testable import Sharing

@Suite struct ShareNameTests {
    private func names(_ paths: [[UInt8]]) throws -> [String] {
        try ShareName.names(of: paths.map { try #require(EntryPath($0)) })
    }

    private func names(_ paths: String...) throws -> [String] { try names(paths.map { Array($0.utf8) }) }

    @Test func foldersThatAllHaveInCommonAreLeftOut() throws {
        #expect(try names("shoot/a.jpg", "shoot/b.jpg") == ["a.jpg", "b.jpg"])
        #expect(try names("shoot/day 1/a.jpg", "shoot/day 2/a.jpg") == ["day 1/a.jpg", "day 2/a.jpg"])
        #expect(try names("shoot/a/b/c.jpg") == ["c.jpg"])
        #expect(try names("a.jpg") == ["a.jpg"])
        #expect(try names("shoot/a", "shoot/a.b/c") == ["a", "a.b/c"])
        #expect(try names("one/a.jpg", "two/a.jpg") == ["one/a.jpg", "two/a.jpg"])
    }

    @Test func namesThatNotEveryDeviceHasAreReplaced() throws {
        #expect(try names("a\\b.jpg", "a\nb\u{7f}.jpg") == ["a_b.jpg", "a_b_.jpg"])
        #expect(try names([[0x66, 0xff, 0x66]]) == ["f\u{fffd}f"])
    }

    @Test func eachHasANameOfItsOwn() throws {
        #expect(
            try names([[0x61, 0xfe, 0x2e, 0x6a], [0x61, 0xff, 0x2e, 0x6a], [0x61, 0xfd, 0x2e, 0x6a]])
                == ["a\u{fffd}.j", "a\u{fffd} (2).j", "a\u{fffd} (3).j"])
        #expect(try names("a/.x\\", "a/.x_", "b") == ["a/.x_", "a/.x_ (2)", "b"])
        // Two spellings of one letter are one name to some systems.
        #expect(Set(try names("\u{e9}", "e\u{301}")).count == 2)
    }

    @Test func whatIsMadeIsValid() throws {
        for name in try names("a\\b/c\n", "x/ y", "…/z") { #expect(ShareName.isValid(name)) }
    }
}
