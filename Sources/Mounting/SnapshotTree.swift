internal import Vault

/// A snapshot's sorted entries as folders: of a million files, only those pages are read that hold what is looked at.
struct SnapshotTree: Sendable {
    /// Where something is in the snapshot.
    struct Place: Hashable, Sendable {
        var page: Int
        var index: Int
        /// 0 for the entry itself; else the folder that the first so many names of its path are, and that has no entry of
        /// its own.
        var depth = 0
    }

    struct Item: Sendable {
        let place: Place
        let path: EntryPath
        /// nil for a folder that has none.
        let entry: Entry?

        var kind: Entry.Kind { entry?.kind ?? .directory }
    }

    private let pages: [Snapshot.PageReference]
    private let readPage: @Sendable (Snapshot.PageReference) async throws -> [Entry]

    init(
        _ pages: [Snapshot.PageReference],
        readPage: @escaping @Sendable (Snapshot.PageReference) async throws -> [Entry]
    ) {
        self.pages = pages
        self.readPage = readPage
    }

    /// What is at a place; nil where nothing is.
    func item(at place: Place) async throws -> Item? {
        guard pages.indices.contains(place.page) else { return nil }
        let entries = try await readPage(pages[place.page])
        guard entries.indices.contains(place.index) else { return nil }
        let entry = entries[place.index]
        guard place.depth > 0 else { return Item(place: place, path: entry.path, entry: entry) }
        guard let path = entry.path.prefix(place.depth) else { return nil }
        return Item(place: place, path: path, entry: nil)
    }

    /// What has that name in the folder, or at the top; nil where nothing has.
    func child(_ name: [UInt8], of folder: EntryPath?) async throws -> Item? {
        guard let path = EntryPath(sortBytes: (folder.map { $0.sortBytes + [0] } ?? []) + name) else {
            return nil
        }
        var cursor = Cursor()
        guard let found = try await first(&cursor, where: { $0 >= path }), found.entry.path.isWithin(path)
        else {
            return nil
        }
        return item(found, depth: path.components.count)
    }

    /// What lies in the folder, or at the top, behind one of its items: at most `limit`.
    func children(of folder: EntryPath?, after last: EntryPath?, limit: Int) async throws -> [Item] {
        let depth = (folder?.components.count ?? 0) + 1
        var items: [Item] = []
        var last = last
        var cursor = Cursor()
        while items.count < limit {
            let found = try await first(&cursor) { path in
                if let last { return path > last && !path.isWithin(last) }
                guard let folder else { return true }
                return path > folder
            }
            guard let found, folder.map(found.entry.path.isWithin) ?? true else { break }
            let item = item(found, depth: depth)
            items.append(item)
            last = item.path
        }
        return items
    }

    // MARK: - Searching

    /// The page that was looked at last, and where in it.
    private struct Cursor {
        var page = -1
        var entries: [Entry] = []
        var index = -1
    }

    /// The entry, or the folder above it that it shows to be there.
    private func item(_ found: (place: Place, entry: Entry), depth: Int) -> Item {
        guard let path = found.entry.path.prefix(depth), path != found.entry.path else {
            return Item(place: found.place, path: found.entry.path, entry: found.entry)
        }
        var place = found.place
        place.depth = depth
        return Item(place: place, path: path, entry: nil)
    }

    /// The first entry whose path is `behind` something, which all that follow are too; nil where none is.
    private func first(
        _ cursor: inout Cursor, where isBehind: (EntryPath) -> Bool
    ) async throws -> (place: Place, entry: Entry)? {
        // Mostly it is the next one.
        let next = cursor.index + 1
        if cursor.page >= 0, next < cursor.entries.count, isBehind(cursor.entries[next].path) {
            cursor.index = next
            return (Place(page: cursor.page, index: next), cursor.entries[next])
        }
        let page = pages.partitioningIndex { isBehind($0.lastPath) }
        guard page < pages.count else { return nil }
        if cursor.page != page {
            cursor.entries = try await readPage(pages[page])
            cursor.page = page
        }
        cursor.index = cursor.entries.partitioningIndex { isBehind($0.path) }
        guard cursor.index < cursor.entries.count else {
            throw VaultError(.malformed, "page", "its last path is not the one that the snapshot names")
        }
        return (Place(page: page, index: cursor.index), cursor.entries[cursor.index])
    }
}

extension EntryPath {
    /// Its first `count` names; nil where it has fewer.
    fileprivate func prefix(_ count: Int) -> EntryPath? {
        let names = components
        guard count > 0, count <= names.count else { return nil }
        return EntryPath(sortBytes: Array(sortBytes[..<names[count - 1].endIndex]))
    }
}

extension Array {
    /// The place of the first element that is `true`, as all behind it are; the end where none is.
    fileprivate func partitioningIndex(where isTrue: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isTrue(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
