internal import ObjectStore

/// What a drill restores, and what it compares that with.
public struct DrillRequest: Sendable {
    /// At most so many files from each provider.
    public var fileCount: Int
    /// At most so many bytes from each provider; larger files are not chosen.
    public var byteCount: UInt64
    /// The providers to try, by name; all of them when nil.
    public var providers: [String]?
    /// Where the originals of a collection are, by its name.
    public var sources: [String: [SourceRoot]]
    /// A folder that is made for the drill and removed after it.
    public var folder: String

    public init(
        fileCount: Int = 20, byteCount: UInt64 = 1 << 30, providers: [String]? = nil,
        sources: [String: [SourceRoot]] = [:], folder: String
    ) {
        self.fileCount = fileCount
        self.byteCount = byteCount
        self.providers = providers
        self.sources = sources
        self.folder = folder
    }
}

/// What became of a drill at one provider.
public struct ReplicaDrill: Sendable {
    public enum Outcome: Sendable {
        /// All that was chosen came back as it was backed up.
        case proved
        /// Something did not come back: what, a line each.
        case failed([String])
        /// The provider did not answer.
        case unreachable(String)
        /// Nothing could be tried: there is nothing yet, or it is all in cold storage.
        case nothing(String)
    }

    public let provider: String
    public internal(set) var outcome: Outcome
    public internal(set) var filesRestored = 0
    public internal(set) var bytesRestored: UInt64 = 0
    /// Of those, the ones whose originals are still there with the same size, time and bytes.
    public internal(set) var filesAsOriginals = 0
    /// Originals that have other bytes than were backed up, though nobody wrote them: size and times are the same.
    public internal(set) var rottenOriginals: [String] = []

    init(_ provider: String, _ outcome: Outcome) {
        self.provider = provider
        self.outcome = outcome
    }
}

/// What a drill has shown.
public struct DrillSummary: Sendable {
    public let replicas: [ReplicaDrill]

    public var filesRestored: Int { replicas.reduce(0) { $0 + $1.filesRestored } }
    public var bytesRestored: UInt64 { replicas.reduce(0) { $0.heldSum($1.bytesRestored) } }

    /// The names of providers from which everything came back.
    public var proved: [String] {
        replicas.compactMap { if case .proved = $0.outcome { $0.provider } else { nil } }
    }

    /// The names of those from which something did not.
    public var failed: [String] {
        replicas.compactMap { if case .failed = $0.outcome { $0.provider } else { nil } }
    }
}
