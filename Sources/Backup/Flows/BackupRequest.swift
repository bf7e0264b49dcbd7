/// What is to be backed up, and how.
public struct BackupRequest: Sendable {
    public var collection: String
    public var sources: [SourceRoot]
    public var excludes: ExcludePatterns
    public var rules: ScanRules
    public var tags: [String]
    /// What the snapshot may leave out; nil: everything. An archive leaves out nothing, but with `.replace` less may take
    /// the place of more.
    public var lossLimit: LossLimit?
    /// Only finds out what would be stored.
    public var isDryRun: Bool
    /// Counts beforehand what there is to read, for a progress line that tells how long it takes.
    public var isEstimated = false
    /// How much a replica gets that shows nothing of the vault.
    public var refill = RefillRule.unasked
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
