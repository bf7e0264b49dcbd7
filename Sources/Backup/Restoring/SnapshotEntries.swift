internal import Vault

/// The entries of a snapshot that are meant, in walk order, page by page: pages that cannot hold any are not read.
struct SnapshotEntries {
    let reader: VaultReader
    let snapshot: Snapshot
    let selection: EntrySelection
    private var pageIndex = 0
    private var entries: ArraySlice<Entry> = []

    init(reader: VaultReader, snapshot: Snapshot, selection: EntrySelection) {
        self.reader = reader
        self.snapshot = snapshot
        self.selection = selection
    }

    /// The next entry; nil at the end.
    mutating func next() async throws -> Entry? {
        while true {
            while let entry = entries.popFirst() {
                if selection.contains(entry) { return entry }
            }
            guard pageIndex < snapshot.pages.count else { return nil }
            let page = snapshot.pages[pageIndex]
            let previous = pageIndex > 0 ? snapshot.pages[pageIndex - 1].lastPath : nil
            pageIndex += 1
            if selection.mayContain(after: previous, upTo: page.lastPath) {
                entries = try await reader.readPage(page)[...]
            }
        }
    }
}
