import Crypto
import Testing
import Vault

@testable import Mounting

/// Folders that are made of a sorted list, against folders that are made of all of it at once.
@Suite struct SnapshotTreeTests {
    /// Names that sort around `/`, and a folder that has no entry of its own.
    private static let paths: [(String, Entry.Kind)] = [
        ("a", .directory), ("a/b", .directory), ("a/b/c", .file), ("a/b.jpg", .file), ("a/\u{1}", .file),
        ("a.jpg", .file), ("a b", .file), ("empty", .directory), ("implied/x/y/z", .file),
        ("implied/x/z", .file),
        ("implied-too", .file), ("zz", .symbolicLink),
    ]

    /// - Parameter pageLength: entries of a page.
    private static func tree(pageLength: Int) -> (tree: SnapshotTree, entries: [Entry]) {
        let entries = paths.map { Entry(path: EntryPath($0.utf8)!, kind: $1) }.sorted { $0.path < $1.path }
        let starts = stride(from: 0, to: entries.count, by: pageLength)
        let contents = starts.map { Array(entries[$0..<min($0 + pageLength, entries.count)]) }
        let pages = contents.enumerated().map { number, entries in
            Snapshot.PageReference(
                reference: reference(number), lastPath: entries.last!.path, entryCount: entries.count)
        }
        return (SnapshotTree(pages) { contents[Int($0.reference.offset)] }, entries)
    }

    private static func reference(_ number: Int) -> Reference {
        Reference(
            pack: SHA256.hash([]), offset: UInt32(number), length: 1, key: .random(), chunkID: nil,
            plaintextByteCount: 1, isCompressed: false)
    }

    /// The names in a folder by looking at every path.
    private static func names(in folder: [String]) -> Set<String> {
        Set(
            paths.map { $0.0.split(separator: "/").map(String.init) }
                .filter { $0.count > folder.count && $0.starts(with: folder) }.map { $0[folder.count] })
    }

    private static let folders = [
        [], ["a"], ["a", "b"], ["empty"], ["implied"], ["implied", "x"], ["implied", "x", "y"],
    ]

    @Test(arguments: [1, 2, 3, 100], [1, 2, 100])
    func foldersHoldWhatTheirPathsSay(pageLength: Int, limit: Int) async throws {
        let (tree, _) = Self.tree(pageLength: pageLength)
        for folder in Self.folders {
            let path = folder.isEmpty ? nil : EntryPath(folder.joined(separator: "/").utf8)
            var found: [String] = []
            var last: EntryPath?
            while case let part = try await tree.children(of: path, after: last, limit: limit), !part.isEmpty
            {
                #expect(part.count <= limit)
                found += part.map { String(decoding: $0.path.components.last!, as: UTF8.self) }
                last = part.last!.path
            }
            #expect(Set(found) == Self.names(in: folder) && found.count == Set(found).count, "\(folder)")
        }
    }

    @Test(arguments: [1, 2, 3, 100])
    func aNameIsFoundAndItsPlaceLeadsBack(pageLength: Int) async throws {
        let (tree, entries) = Self.tree(pageLength: pageLength)
        for folder in Self.folders {
            let path = folder.isEmpty ? nil : EntryPath(folder.joined(separator: "/").utf8)
            for name in Self.names(in: folder) {
                let item = try #require(try await tree.child(Array(name.utf8), of: path), "\(folder) \(name)")
                #expect(item.path == EntryPath((folder + [name]).joined(separator: "/").utf8))
                #expect(item.entry == entries.first { $0.path == item.path })
                let again = try #require(try await tree.item(at: item.place))
                #expect(again.path == item.path && again.entry == item.entry)
                let node = try #require(NodeNumber.item(snapshot: 7, item.place).node)
                #expect(NodeNumber(node) == .item(snapshot: 7, item.place))
            }
            for name in ["none", "", ".", "..", "b", "a/b", "zzz", "\u{1}\u{1}"]
            where !Self.names(in: folder).contains(name) {
                #expect(try await tree.child(Array(name.utf8), of: path) == nil, "\(folder) \(name)")
            }
        }
        #expect(try await tree.item(at: SnapshotTree.Place(page: 99, index: 0)) == nil)
        #expect(try await tree.item(at: SnapshotTree.Place(page: 0, index: 999)) == nil)
    }

    @Test func whatIsNotInOrderIsDamage() async throws {
        let wrong = Snapshot.PageReference(
            reference: Self.reference(0), lastPath: EntryPath("z".utf8)!, entryCount: 1)
        let tree = SnapshotTree([wrong]) { _ in [Entry(path: EntryPath("a".utf8)!, kind: .file)] }
        await #expect(throws: VaultError.self) { try await tree.child(Array("b".utf8), of: nil) }
    }
}
