public import ObjectStore

/// One thing that is wrong with one object of one replica. A result of looking, not an error.
public struct Discrepancy: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Needed, and not there.
        case missing
        /// There, with fewer bytes than it must have.
        case truncated
        /// There, with other bytes than its name says, or too many.
        case corrupt
        /// There, and needed by nothing.
        case stray
        /// The replica never had it: it only has to catch up.
        case behind
        /// The replica once had it and no longer shows it, with no tombstone.
        case stale
    }

    /// The replica's place in its `ReplicaSet`.
    public let replica: Int
    public let key: ObjectKey
    public let kind: Kind
    /// The size it must have; nil when it is not known, or for a stray.
    public let expectedByteCount: Int?
    /// The size it has; nil when it is not there, or too large to be read.
    public let foundByteCount: Int?

    public init(
        replica: Int, key: ObjectKey, kind: Kind, expectedByteCount: Int? = nil, foundByteCount: Int? = nil
    ) {
        self.replica = replica
        self.key = key
        self.kind = kind
        self.expectedByteCount = expectedByteCount
        self.foundByteCount = foundByteCount
    }
}
