public import Replicator

/// What a verification has shown.
public struct VerifySummary: Sendable {
    public struct Replica: Sendable {
        public let name: String
        /// Objects that are as they must be.
        public internal(set) var rightCount = 0
        public internal(set) var counts: [Discrepancy.Kind: Int] = [:]
        public internal(set) var healedCount = 0
        /// Why it could not be verified, or not to the end.
        public internal(set) var failure: String?
    }

    /// What must be there.
    public internal(set) var objectCount = 0
    public internal(set) var bytesRead = 0
    public internal(set) var requestCount = 0
    public internal(set) var replicas: [Replica]

    /// Something is lost or altered.
    public var isDamaged: Bool {
        replicas.contains { $0.counts.contains { $0.key.isDamage && $0.value > 0 } }
    }

    /// A replica has to catch up, or could not be asked.
    public var isBehind: Bool {
        replicas.contains { $0.failure != nil || $0.counts[.behind, default: 0] > 0 }
    }
}
