internal import Replicator
public import Vault

/// A snapshot in a list.
public struct SnapshotSummary: Sendable {
    public let id: SnapshotID
    public let collection: String
    public let host: String
    /// Nanoseconds since 1970.
    public let finished: Int64
    public let fileCount: Int
    public let byteCount: UInt64
    public let unreadableCount: Int
    public let tags: [String]
    /// Made while its run went on, and not whole: what the run had not come to is as in the one before.
    public let isCheckpoint: Bool
}

extension OpenVault {
    /// All snapshots, or those of one collection, oldest first, as the replicas show them now.
    public func snapshots(
        of collection: String? = nil, warn: @escaping WarningHandler
    ) async throws -> [SnapshotSummary] {
        let failures = try await synchronise(warn: warn).failures.compactMap { $0 }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }
        return try catalog.snapshots().filter { collection == nil || $0.collectionName == collection }
            .map { snapshot in
                SnapshotSummary(
                    id: snapshot.id, collection: snapshot.collectionName, host: snapshot.host,
                    finished: snapshot.finished, fileCount: snapshot.fileCount,
                    byteCount: snapshot.byteCount, unreadableCount: snapshot.unreadableCount,
                    tags: snapshot.tags, isCheckpoint: snapshot.isCheckpoint)
            }
    }

    /// The entries of a snapshot that are meant, in walk order, one after the other.
    public func list(
        _ snapshot: SnapshotSelection, _ selection: EntrySelection,
        warn: @escaping WarningHandler, onEntry: (Entry) -> Void
    ) async throws {
        let (_, snapshot) = try await find(snapshot, warn: warn)
        var pages = SnapshotEntries(vault: self, snapshot: snapshot, selection: selection)
        var isAnythingMeant = false
        while let entry = try await pages.next() {
            isAnythingMeant = true
            onEntry(entry)
        }
        guard isAnythingMeant || selection.isEverything else { throw SelectionError.nothingMeant }
    }
}
