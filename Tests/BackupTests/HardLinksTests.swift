import Testing

@testable import Backup
@testable import Vault

@Suite struct HardLinksTests {
    private static func item(
        _ path: String, inode: UInt64 = 7, linkCount: UInt32 = 2, changed: Int64 = 5, size: UInt64 = 3
    ) -> RestoreBatches.Item {
        var entry = Entry.file(path)
        (entry.inode, entry.linkCount, entry.changed, entry.size) = (inode, linkCount, changed, size)
        return RestoreBatches.Item(entry: entry, references: [])
    }

    /// The paths of the files that each name is a link to; nil for a file of its own.
    private static func firsts(_ items: [RestoreBatches.Item]) -> [String?] {
        var links = HardLinks()
        let waiting = items.map { links.waits($0, at: $0.entry.path, replacing: false) }
        var others = links.takeOthers()[...]
        return waiting.map { $0 ? others.popFirst().map { displayed($0.first) } : nil }
    }

    @Test func namesOfOneFileAreLinksToTheFirst() {
        #expect(
            Self.firsts([
                Self.item("a", linkCount: 3), Self.item("b/a", linkCount: 3), Self.item("c", linkCount: 3),
            ]) == [nil, "a", "a"])
    }

    /// A copy of a whole disk has the same inodes: no more names are one file than the file had.
    @Test func aCopyOfTheDiskHasFilesOfItsOwn() {
        #expect(
            Self.firsts(["x/a", "x/b", "y/a", "y/b"].map { Self.item($0) }) == [nil, "x/a", nil, "y/a"])
    }

    @Test func whatDiffersInAnythingIsAFileOfItsOwn() {
        let others = [
            Self.item("b", inode: 8), Self.item("c", changed: 6), Self.item("d", size: 4),
            Self.item("e", linkCount: 1),
            Self.item("f", linkCount: 0),
        ]
        for other in others { #expect(Self.firsts([Self.item("a"), other]) == [nil, nil]) }
    }
}
