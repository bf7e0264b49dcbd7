internal import ObjectStore
internal import Vault

/// The entries of a snapshot that are meant, with their content, in batches that bound what is held at a time.
struct RestoreBatches {
    struct Item: Sendable {
        let entry: Entry
        /// The file's content, also where it is in lists.
        let references: [Reference]
    }

    private static let contentLimit: UInt64 = 64 << 20
    private static let itemLimit = 8192

    private let reader: VaultReader
    private var entries: SnapshotEntries

    init(reader: VaultReader, snapshot: Snapshot, selection: EntrySelection) {
        self.reader = reader
        entries = SnapshotEntries(reader: reader, snapshot: snapshot, selection: selection)
    }

    /// The next batch; nil at the end.
    mutating func next() async throws -> [Item]? {
        var batch: [Item] = []
        var byteCount: UInt64 = 0
        while batch.count < Self.itemLimit, byteCount < Self.contentLimit {
            guard let entry = try await entries.next() else { return batch.isEmpty ? nil : batch }
            batch.append(Item(entry: entry, references: try await reader.references(of: entry)))
            byteCount = byteCount.heldSum(entry.size)
        }
        return batch
    }
}
