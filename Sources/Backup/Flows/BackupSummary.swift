internal import ObjectStore
public import Vault

/// What a run has stored.
public struct BackupSummary: Sendable {
    public struct Replica: Sendable {
        public let standing: ReplicaStanding
        /// Of packs, and of all that it caught up with.
        public let bytesSent: Int
        /// Whether this run's snapshot is there, and with it all that it needs.
        public let isWhole: Bool
        /// Whether it held the vault before, and shows nothing of it.
        public let isEmptied: Bool

        public var name: String { standing.name }
        public var packsMissing: Int { standing.packsMissing }
        public var objectsMissing: Int { standing.objectsMissing }
        /// Why it has not everything.
        public var failure: String? { standing.reason }

        /// Whether it has to catch up, with this run's snapshot or anything before.
        public var isBehind: Bool { !standing.isAway && (!isWhole || standing.isBehind) }
    }

    public let collection: String
    /// nil for a dry run.
    public let snapshot: SnapshotID?
    public let filesTotal: Int
    public let filesNew: Int
    public let filesChanged: Int
    public let filesUnmodified: Int
    /// Entries that the snapshot before had, and that this one has not, or has as something else.
    public let removed: EntryCounts
    /// What the snapshot has below no folder named as one of the sources, by its top.
    public let others: [EntryPath: EntryCounts]
    public let bytesTotal: UInt64
    public let bytesRead: Int
    public let bytesStored: Int
    public let packsStored: Int
    /// What was there and could not be stored, with the reason.
    public let unreadable: [Snapshot.Unreadable]
    /// What is this program's own and in no snapshot, and what it is.
    public let leftOut: [(path: EntryPath, what: String)]
    /// What is stored, but for what the reason names.
    public let incomplete: [Snapshot.Unreadable]
    /// How many named pipes, sockets and devices there were, by what they are called. They have no content.
    public let specialFiles: [String: Int]
    /// Files whose content changed though size and times did not; the snapshot has them as they were.
    public let rot: [EntryPath]
    public let replicas: [Replica]
    /// Those that are one place, and count as one: the names of each such place.
    public let sharedPlaces: [[String]]
}

extension BackupSummary {
    /// - Parameters:
    ///   - isWholeOn: by replica, whether it has the snapshot.
    ///   - snapshot: nil for a dry run.
    ///   - progress: at the end of all attempts; nil for a dry run.
    init(
        _ run: BackupRun, _ scan: ScanResult, isWholeOn: [Bool], snapshot: SnapshotID?, totals: StoredTotals,
        progress: RunProgress.State?, standings: [ReplicaStanding], sharedPlaces: [[String]]
    ) {
        self.init(
            collection: run.request.collection, snapshot: snapshot, filesTotal: scan.counts.filesTotal,
            filesNew: scan.counts.filesNew, filesChanged: scan.counts.filesChanged,
            filesUnmodified: scan.counts.filesUnmodified, removed: scan.counts.removed,
            others: scan.counts.others, bytesTotal: scan.counts.bytesTotal,
            bytesRead: progress?.bytes ?? 0, bytesStored: totals.bytes, packsStored: totals.packs,
            unreadable: scan.unreadable, leftOut: scan.leftOut, incomplete: scan.incomplete,
            specialFiles: Dictionary(
                scan.specialFiles.map { ($0.name, $1) }, uniquingKeysWith: { first, _ in first }),
            rot: scan.rot,
            replicas: standings.enumerated().map { index, standing in
                Replica(
                    standing: standing, bytesSent: progress?.replicaBytes[index] ?? 0,
                    isWhole: isWholeOn[index],
                    isEmptied: run.emptyReplicas.contains { $0.replica == index && $0.isEmptied })
            }, sharedPlaces: sharedPlaces)
    }
}
