import Crypto
import SoakTesting
import Testing

@testable import Vault

@Suite("Cutting pages")
struct PageCutterTests {
    /// A camera's folders: 20,000 paths in order.
    private static let entries: [Entry] = (0..<20_000).map { number in
        let name = String(number)
        let padded = String(repeating: "0", count: 5 - name.count) + name
        return Entry(path: EntryPath("Shoots/\(padded.prefix(2))/IMG_\(padded).CR3".utf8)!, kind: .file)
    }

    private func cut(_ entries: [Entry]) -> [ArraySlice<Entry>] {
        var cutter = PageCutter()
        var pages: [ArraySlice<Entry>] = []
        var start = 0
        for (index, entry) in entries.enumerated() where cutter.endsPage(with: entry) {
            pages.append(entries[start...index])
            start = index + 1
        }
        if start < entries.count { pages.append(entries[start...]) }
        return pages
    }

    /// How many pages of `after` are not among those of `before`.
    private func newPages(_ before: Set<ArraySlice<Entry>>, _ after: [ArraySlice<Entry>]) -> Int {
        after.count { !before.contains($0) }
    }

    @Test("gives pages of about a thousand entries that hold every entry once, in order")
    func pages() {
        let pages = cut(Self.entries)
        let isWhole = pages.flatMap { $0 } == Self.entries
        #expect(isWhole)
        #expect(pages.count > 8 && pages.count < 50)
        for page in pages.dropLast() { #expect(PageCutter.isBoundary(page.last!.path)) }
    }

    @Test("again gives other pages around a change alone", arguments: 1...20 as ClosedRange<UInt64>)
    func locality(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pages = cut(Self.entries)
        let before = Set(pages)
        let place = Int.random(in: 0..<Self.entries.count, using: &generator)

        var changed = Self.entries
        changed[place].size = 1
        #expect(newPages(before, cut(changed)) == 1, "seed \(seed): a change")

        var removed = Self.entries
        removed.remove(at: place)
        // One page: its own, which may have been joined with the next.
        #expect(newPages(before, cut(removed)) <= 1, "seed \(seed): a removal")

        var inserted = Self.entries
        inserted.insert(
            Entry(path: EntryPath(Self.entries[place].path.bytes + Array(".xmp".utf8))!, kind: .file),
            at: place + 1)
        // Two pages, where the new path ends one.
        let count = newPages(before, cut(inserted))
        #expect(count >= 1 && count <= 2, "seed \(seed): an insertion")
    }

    @Test(
        "gives pages under a maximum, and meets the old places again after a change",
        arguments: 1...5 as ClosedRange<UInt64>)
    func maximum(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let largest = 64 << 10
        let entries = Self.entries.prefix(3000).map { entry in
            var entry = entry
            let count = Int.random(in: 0...largest, using: &generator)
            entry.extendedAttributes = [
                .init(name: Array("user.a".utf8), value: [UInt8](repeating: 7, count: count))
            ]
            return entry
        }
        let pages = cut(entries)
        for page in pages {
            let count = Page.encode(Array(page)).count
            #expect(count <= (1 << 20) + largest + 200, "seed \(seed)")
            #expect(count <= Format.chunkByteCount)
        }
        var changed = entries
        let place = Int.random(in: 0..<1000, using: &generator)
        changed.remove(at: place)
        // From the next place that the paths give, all is as it was.
        let next = entries[(place + 1)...].firstIndex { PageCutter.isBoundary($0.path) }!
        let after = pages.filter { $0.startIndex > next }
        let isSame = cut(changed).suffix(after.count).elementsEqual(after) { $0.elementsEqual($1) }
        #expect(isSame, "seed \(seed)")
        #expect(!after.isEmpty)
    }

    @Test("gives the same pages before and after a large file's references are moved into lists")
    func listedContent() {
        var inline = Array(Self.entries.prefix(5000))
        for index in stride(from: 50, to: inline.count, by: 500) {
            let references = [Reference](repeating: .example(), count: 20_000)
            inline[index].setContent(references, keys: TestVault.keys)
            inline[index].size = UInt64(references.count * Format.chunkByteCount)
        }
        var listed = inline
        for index in listed.indices where !listed[index].content.isEmpty {
            listed[index].content = []
            listed[index].contentLists = [.example(1), .example(2), .example(3)]
        }
        #expect(cut(inline).map(\.indices) == cut(listed).map(\.indices))
    }
}
