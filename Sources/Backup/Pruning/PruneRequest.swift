public import Vault

/// How much a prune may do.
public struct PruneRequest: Sendable {
    /// The most that may be marked, or deleted, in one run: so much of a hundred of the bytes in all packs.
    public var maximumPercent: Double
    public var isDryRun: Bool
    /// So many small inventories become one.
    var compactedInventories = 64

    public init(maximumPercent: Double = 20, isDryRun: Bool = false) {
        self.maximumPercent = maximumPercent
        self.isDryRun = isDryRun
    }
}

/// How many objects, of how many bytes. Each counts once, however many replicas have it.
public struct ObjectTotal: Sendable, Hashable {
    public internal(set) var count = 0
    public internal(set) var byteCount: Int64 = 0

    mutating func add(_ byteCount: Int) {
        count += 1
        self.byteCount += Int64(byteCount)
    }
}

/// What a prune has done, or would do.
public struct PruneSummary: Sendable {
    public struct Replica: Sendable {
        public let name: String
        public internal(set) var deleted = ObjectTotal()
        /// Left for a later run, because a lock holds still.
        public internal(set) var locked = ObjectTotal()
        /// Left for a later run, because they are paid for until then anyway.
        public internal(set) var tooYoung = ObjectTotal()
        /// Why no more could be deleted.
        public internal(set) var failure: String?

        init(name: String) { self.name = name }
    }

    public internal(set) var replicas: [Replica]
    /// Packs that nothing needs any more, and that are marked now.
    public internal(set) var marked = ObjectTotal()
    /// Marked before, and not waiting for long enough yet. Bytes are those of packs.
    public internal(set) var waiting = ObjectTotal()
    /// What is deleted by this run where nothing is in the way.
    public internal(set) var due = ObjectTotal()
    /// Marked, and needed again by a snapshot that was committed meanwhile: they stay.
    public internal(set) var stillNeeded = ObjectTotal()
    /// Packs that remain, and the bytes in them that nothing needs any more.
    public internal(set) var living = ObjectTotal()
    public internal(set) var deadByteCount: Int64 = 0
    /// Snapshots that no run has called stored and that lack something for good.
    public internal(set) var unfinished: [SnapshotID] = []
}

/// Why nothing was deleted.
public struct PruneError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// A disk is away, as it may be.
        case away
        /// A replica could not be asked for all that it has, or not be told what goes.
        case incomplete
        /// Replicas show different snapshots, or lack what they have had.
        case disagreement
        /// More than may go in one run.
        case tooMuch
    }

    public let code: Code
    public let description: String
    public let hint: String?

    init(_ code: Code, _ description: String, hint: String? = nil) {
        self.code = code
        self.description = description
        self.hint = hint
    }
}
