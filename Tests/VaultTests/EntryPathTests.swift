import Crypto
import SoakTesting
import Testing

@testable import Vault

@Suite("Paths of entries")
struct EntryPathTests {
    static let valid: [[UInt8]] = [
        Array("a".utf8), Array("Weddings/2026/a.jpg".utf8), Array("...".utf8), Array("..a".utf8),
        Array("a..".utf8), Array(".hidden".utf8), Array("a/...".utf8), Array("a/.b/..c".utf8),
        Array("caf\u{e9}".utf8), Array("cafe\u{301}".utf8), Array("two\nlines".utf8), Array(" ".utf8),
        Array("a\\b".utf8), Array("C:".utf8), Array("-rf".utf8), [0xff], [0x01],
        [0x66, 0xff, 0xfe, 0x2f, 0x80],
        [UInt8](repeating: 0x61, count: 255), Array("写真/花見.raw".utf8),
    ]

    @Test("keep every byte of a name", arguments: valid)
    func roundTrip(_ bytes: [UInt8]) throws {
        let path = try #require(EntryPath(bytes))
        #expect(path.bytes == bytes)
        #expect(EntryPath(sortBytes: path.sortBytes) == path)
        let names = bytes.split(separator: UInt8(ascii: "/"))
        #expect(path.components == names)
    }

    @Test("of names that differ in their Unicode form alone are two")
    func normalisation() {
        let composed = EntryPath("caf\u{e9}".utf8)
        let decomposed = EntryPath("cafe\u{301}".utf8)
        #expect(composed != decomposed)
    }

    @Test(
        "that would lead elsewhere are none",
        arguments: [
            "", "/", ".", "..", "/a", "a/", "//", "a//b", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b",
            "/etc/passwd", "../../etc/passwd", "a/b/../../..", "a\0", "\0", "a\0b", "..\0", "a/\0/b",
        ])
    func refused(_ text: String) {
        #expect(EntryPath(text.utf8) == nil)
    }

    @Test(
        "in sort form that would lead elsewhere are none",
        arguments: [
            "", "\0", "a\0", "\0a", "a\0\0b", "a\0..", "..\0a", ".\0a", "a\0.", "a/b", "/", "..", ".",
        ])
    func refusedSortForm(_ text: String) {
        #expect(EntryPath(sortBytes: Array(text.utf8)) == nil)
    }

    @Test("know their parents")
    func parents() {
        let child = path("a/b/c")
        #expect(child.parent == path("a/b"))
        #expect(child.parent?.parent == path("a"))
        #expect(child.parent?.parent?.parent == nil)
    }

    @Test("lie within themselves and what is above them, and nothing else")
    func within() {
        let child = path("a/bc/d")
        for ancestor in ["a", "a/bc", "a/bc/d"] { #expect(child.isWithin(path(ancestor))) }
        for other in ["b", "a/b", "a/bc/d/e", "a/bcd", "bc"] { #expect(!child.isWithin(path(other))) }
    }

    /// Folders by name, in a tree of names that lie around `/`.
    private final class Folder {
        var folders: [[UInt8]: Folder] = [:]

        /// As a walk meets it: each name in the order of its bytes, and a folder's content right behind it.
        func walk(_ prefix: [UInt8], _ visit: ([UInt8]) -> Void) {
            for (name, folder) in folders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                visit(prefix + name)
                folder.walk(prefix + name + [UInt8(ascii: "/")], visit)
            }
        }
    }

    @Test("sort in the order in which a walk meets them", arguments: 0..<20 as Range<UInt64>)
    func walkOrder(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // The bytes around '/', and the ends: where an order by plain text differs from that of a walk.
        let alphabet: [UInt8] = [0x01, 0x20, 0x21, 0x2d, 0x2e, 0x30, 0x61, 0x80, 0xff]
        let root = Folder()
        for _ in 0..<500 {
            var folder = root
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                var name = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator)!
                }
                if name == [0x2e] || name == [0x2e, 0x2e] { name.append(0x61) }
                let next = folder.folders[name] ?? Folder()
                folder.folders[name] = next
                folder = next
            }
        }
        var walked: [EntryPath] = []
        root.walk([]) { walked.append(EntryPath($0)!) }
        #expect(walked.count > 500)
        let isSorted = walked.shuffled(using: &generator).sorted() == walked
        #expect(isSorted, "seed \(seed)")
    }

    @Test("sort a folder's content before a name that goes on after the folder's")
    func beforeSiblings() {
        let sorted = ["a", "a/b", "a/b/c", "a/c", "a b", "a!", "a-b", "a.b", "a0", "ab", "b"].map(path)
        #expect(sorted.reversed().sorted() == sorted)
    }
}
