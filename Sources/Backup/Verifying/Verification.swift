internal import Vault

/// What a verification is to do.
public struct VerifyRequest: Sendable {
    public var level: VerifyLevel
    /// Whose content is checked, at every level but `list`.
    public var sample: VerifySample
    /// How many bytes are read at most, on all replicas together; nil for no limit. With one, the objects whose
    /// content was looked at least recently come first, so that the next run goes on where this one ends.
    public var budget: Int?
    /// The names of the providers to verify; all if nil.
    public var providers: [String]?

    public init(
        level: VerifyLevel = .list, sample: VerifySample = .all, budget: Int? = nil,
        providers: [String]? = nil
    ) {
        self.level = level
        self.sample = sample
        self.budget = budget
        self.providers = providers
    }
}

/// One run of verify, as the catalog knows it: what it finds and what it checks has its number.
struct Verification: Sendable {
    let id: Int64
    let level: VerifyLevel
    let started: UTCTime
}
