internal import Vault

/// The entries of a snapshot that are meant, in walk order, in batches that bound what is held at a time.
struct RestoreBatches {
    struct Item: Sendable {
        let entry: Entry
        /// The file's content, also where it is in lists.
        let references: [Reference]
    }

    private static let contentLimit: UInt64 = 64 << 20
    private static let itemLimit = 8192

    let vault: OpenVault
    let snapshot: Snapshot
    let selection: EntrySelection
    private var pageIndex = 0
    private var entries: ArraySlice<Entry> = []

    init(vault: OpenVault, snapshot: Snapshot, selection: EntrySelection) {
        self.vault = vault
        self.snapshot = snapshot
        self.selection = selection
    }

    /// The next batch; nil at the end.
    mutating func next() async throws -> [Item]? {
        var batch: [Item] = []
        var byteCount: UInt64 = 0
        while batch.count < Self.itemLimit, byteCount < Self.contentLimit {
            guard let entry = try await nextEntry() else { return batch.isEmpty ? nil : batch }
            guard selection.contains(entry) else { continue }
            batch.append(Item(entry: entry, references: try await vault.references(of: entry)))
            byteCount += entry.size
        }
        return batch
    }

    private mutating func nextEntry() async throws -> Entry? {
        while entries.isEmpty {
            guard pageIndex < snapshot.pages.count else { return nil }
            let page = snapshot.pages[pageIndex]
            let previous = pageIndex > 0 ? snapshot.pages[pageIndex - 1].lastPath : nil
            pageIndex += 1
            guard selection.mayContain(after: previous, upTo: page.lastPath) else { continue }
            entries = try await vault.readPage(page)[...]
        }
        return entries.removeFirst()
    }
}
