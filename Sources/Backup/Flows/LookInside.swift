internal import ObjectStore
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
    /// Whether another machine's history is meant by the newest of the collection, or it is not clear whose.
    public package(set) var isOfOtherHistory = false
}

extension SnapshotSummary {
    /// Of a snapshot that was just read.
    public init(_ id: SnapshotID, _ snapshot: Snapshot) {
        self.init(
            id: id, collection: snapshot.collectionName, host: snapshot.host, finished: snapshot.finished,
            fileCount: snapshot.fileCount, byteCount: snapshot.byteCount,
            unreadableCount: snapshot.unreadable.count + snapshot.incomplete.count, tags: snapshot.tags,
            isCheckpoint: snapshot.isCheckpoint)
    }
}

extension OpenVault {
    /// The summaries, with those marked that are not meant by the newest of their collection.
    ///
    /// - Parameters:
    ///   - host: as `SnapshotSelection.host`.
    ///   - onUnclear: told of each collection whose newest snapshot is not clear, and why.
    func markHistories(
        of summaries: [SnapshotSummary], host: String?,
        onUnclear: (_ collection: String, SelectionError) -> Void
    ) async throws -> [SnapshotSummary] {
        var meant: Set<SnapshotID> = []
        for (name, group) in Dictionary(grouping: summaries, by: \.collection) {
            let whole = group.filter { !$0.isCheckpoint }.map(\.id)
            let lineage = try await lineage(of: keys.collectionID(name: name))
            do {
                meant.formUnion(
                    try lineage.choose(among: Set(whole), own: device.id, host: host, of: name).order)
            } catch {
                if !whole.isEmpty { onUnclear(name, error) }
            }
        }
        return summaries.map { summary in
            var summary = summary
            summary.isOfOtherHistory = !summary.isCheckpoint && !meant.contains(summary.id)
            return summary
        }
    }

    /// All snapshots, or those of one collection, oldest first: those that the replicas show now, and those that this
    /// machine has seen and that have no tombstone. One that none shows is warned of.
    ///
    /// - Parameter onLost: told of each snapshot that no replica shows which answers.
    public func snapshots(
        of collection: String? = nil, warn: @escaping WarningHandler,
        onLost: (SnapshotID) -> Void = { _ in }
    ) async throws -> [SnapshotSummary] {
        let listing = try await synchronise(warn: warn)
        let failures = listing.failures.compactMap { $0 }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let prefix = collection.map { "\(ObjectName.snapshotsPrefix)\(keys.collectionID(name: $0).hex)/" }
        for lost in try freshness.lostSnapshots(under: prefix ?? ObjectName.snapshotsPrefix) {
            guard let id = SnapshotID(lost) else { continue }
            onLost(id)
            warn(
                Warning(
                    what: "snapshot \(id.short)",
                    why: "it was made \(id.time.iso8601), and no replica that answers shows it"))
        }
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
    ///
    /// - Returns: the snapshot, and newer ones that were meant and that no replica has.
    @discardableResult
    public func list(
        _ snapshot: SnapshotSelection, _ selection: EntrySelection,
        warn: @escaping WarningHandler, onEntry: (Entry) -> Void
    ) async throws -> FoundSnapshot {
        try await reader.list(try await find(snapshot, warn: warn), selection, onEntry: onEntry)
    }
}
