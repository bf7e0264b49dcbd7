public import Vault

/// What is to be backed up, and how.
public struct BackupRequest: Sendable {
    public var collection: String
    public var sources: [SourceRoot]
    public var excludes: ExcludePatterns
    public var rules: ScanRules
    public var tags: [String]
    /// Only finds out what would be stored.
    public var isDryRun: Bool
    /// Counts beforehand what there is to read, for a progress line that tells how long it takes.
    public var isEstimated = false
    /// When what there is so far is committed; if nil every hour.
    public var checkpoints: CheckpointSchedule?

    public init(
        collection: String, sources: [SourceRoot], excludes: ExcludePatterns = .none,
        rules: ScanRules = .backup, tags: [String] = [], isDryRun: Bool = false
    ) {
        self.collection = collection
        self.sources = sources
        self.excludes = excludes
        self.rules = rules
        self.tags = tags
        self.isDryRun = isDryRun
    }
}

/// What a run has stored.
public struct BackupSummary: Sendable {
    public struct Replica: Sendable {
        public let standing: ReplicaStanding
        /// Of this run's packs; what it caught up with is not among them.
        public let bytesSent: Int
        /// Whether this run's snapshot is there, and with it all that it needs.
        public let isWhole: Bool

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
    public let bytesTotal: UInt64
    public let bytesRead: Int
    public let bytesStored: Int
    public let packsStored: Int
    /// What was there and could not be stored, with the reason.
    public let unreadable: [Snapshot.Unreadable]
    public let replicas: [Replica]
}
