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
        public let name: String
        /// Packs that the replica has not confirmed.
        public let packsMissing: Int
        /// Small objects, such as earlier snapshots, that the replica has not confirmed.
        public let objectsMissing: Int
        public let bytesSent: Int
        /// Whether this run's snapshot is there, and with it all that it needs.
        public let isWhole: Bool
        /// Why not.
        public let failure: String?

        /// Whether it has to catch up, with this run's snapshot or anything before.
        public var isBehind: Bool { !isWhole || packsMissing > 0 || objectsMissing > 0 }
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
