/// How many replicas must hold something before it counts as stored.
public struct Quorum: Hashable, Sendable {
    public let replicaCount: Int

    public init(_ replicaCount: Int) {
        precondition(replicaCount > 0, "a quorum of none")
        self.replicaCount = replicaCount
    }

    /// More than half: ⌊N/2⌋+1, so 2 of 3.
    public static func majority(of replicaCount: Int) -> Quorum { Quorum(replicaCount / 2 + 1) }

    public func isReached(by wholeReplicaCount: Int) -> Bool { wholeReplicaCount >= replicaCount }

    /// Whether enough different replicas have stored the object that `outcomes` are about.
    public func isReached(by outcomes: some Sequence<PutOutcome>) -> Bool {
        isReached(by: Set(outcomes.lazy.filter(\.isStored).map(\.replica)).count)
    }
}
