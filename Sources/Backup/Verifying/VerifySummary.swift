public import ObjectStore
public import Replicator

/// What a verification has shown.
public struct VerifySummary: Sendable {
    public struct Replica: Sendable {
        public let name: String
        /// Objects that are not known to be other than they must be; whose content was looked at, `checkedCount` says.
        public internal(set) var rightCount = 0
        public internal(set) var counts: [Discrepancy.Kind: Int] = [:]
        public internal(set) var healedCount = 0
        /// Objects whose content this run has found right, at its level.
        public internal(set) var checkedCount = 0
        /// Objects that the run should have checked and that cannot be at its level: the provider keeps no checksum
        /// of them.
        public internal(set) var notCheckableCount = 0
        /// Objects that the run should have read and that are in cold storage, for which it never asks.
        public internal(set) var coldCount = 0
        /// Objects that the run should have checked and got no answer about.
        public internal(set) var unansweredCount = 0
        /// Why it could not be verified, or not to the end.
        public internal(set) var failure: String?
        /// What a person can do about that.
        public internal(set) var hint: String?
        /// Whether it was listed to the end: else nothing is known of what was not shown.
        public internal(set) var isListed = false
        /// What the provider announces that it will delete.
        public internal(set) var expiry: AnnouncedExpiry?
        /// Whether it was one of those to be verified.
        public internal(set) var isTarget = false
        /// It is a disk that does not answer, as expected and not for too long yet, and was not asked for by name.
        public internal(set) var isAway = false

        mutating func found(_ kind: Discrepancy.Kind, wasRight: Bool) {
            counts[kind, default: 0] += 1
            if wasRight { rightCount = max(0, rightCount - 1) }
        }
    }

    /// What must be there.
    public internal(set) var objectCount = 0
    public internal(set) var bytesRead = 0
    public internal(set) var requestCount = 0
    /// Whether the budget ended the run before it had checked all that it was to check.
    public internal(set) var isCut = false
    public internal(set) var replicas: [Replica]

    init(replicas: [Replica]) { self.replicas = replicas }

    /// Something is lost or altered.
    public var isDamaged: Bool {
        replicas.contains { $0.counts.contains { $0.key.isDamage && $0.value > 0 } }
    }

    /// Something is not as it must be, and another replica may have it.
    public var needsHealing: Bool {
        isDamaged || replicas.contains { $0.counts[.behind, default: 0] > 0 }
    }

    /// A replica has to catch up, or could not be asked, or could not be checked at the level that was asked for.
    ///
    /// A disk that is away as expected is none of that, where another replica was verified.
    public var isBehind: Bool {
        let targets = replicas.filter(\.isTarget)
        return !targets.isEmpty && targets.allSatisfy(\.isAway)
            || replicas.contains {
                $0.failure != nil && !$0.isAway || $0.counts[.behind, default: 0] > 0
                    || $0.notCheckableCount > 0
                    || $0.unansweredCount > 0 || $0.coldCount > 0 || $0.expiry != nil
            }
    }
}
