internal import Synchronization
package import Vault

/// Where snapshots are found and read from again and again, for as long as somebody looks at them.
public struct SnapshotSource: Sendable {
    package let reader: VaultReader
    /// Those that there are now, oldest first.
    package let list: @Sendable () async throws -> [SnapshotSummary]
    package let read: @Sendable (SnapshotSummary) async throws -> Snapshot
    /// Whether a list is quickly had again.
    package let isListedAgain: Bool

    package init(
        reader: VaultReader, list: @escaping @Sendable () async throws -> [SnapshotSummary],
        read: @escaping @Sendable (SnapshotSummary) async throws -> Snapshot, isListedAgain: Bool
    ) {
        self.reader = reader
        self.list = list
        self.read = read
        self.isListedAgain = isListedAgain
    }
}

extension OpenVault {
    /// All snapshots of the vault, or those of one collection.
    ///
    /// - Parameter host: the machine whose newest is the latest.
    public func snapshotSource(
        of collection: String? = nil, host: String? = nil, warn: @escaping WarningHandler
    ) -> SnapshotSource {
        // A list that is asked for again says it once.
        let told = Mutex<Set<String>>([])
        return SnapshotSource(
            reader: reader,
            list: {
                try await self.markHistories(
                    of: try await self.snapshots(of: collection, warn: warn), host: host
                ) { name, error in
                    guard told.withLock({ $0.insert(name).inserted }) else { return }
                    warn(
                        Warning(
                            what: name, why: "it has no folder \"latest\": \(error.description)",
                            hint: error.hint))
                }
            },
            read: { summary in
                let known = try self.catalog.snapshots().first { $0.id == summary.id }
                return try await self.readSnapshot(
                    summary.id, of: known?.collection ?? self.keys.collectionID(name: summary.collection))
            }, isListedAgain: true)
    }
}
