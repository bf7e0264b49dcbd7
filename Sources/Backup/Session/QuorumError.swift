public import ObjectStore
internal import Replicator

/// Fewer replicas than the quorum stored an object.
public struct QuorumError: Error, Sendable, CustomStringConvertible {
    /// Why one replica did not.
    public struct Failure: Sendable {
        /// The provider's name.
        public let replica: String
        public let reason: String
        public let hint: String?
    }

    public let key: ObjectKey
    public let quorum: Int
    public let storedCount: Int
    /// One for each replica that has not stored it, also where it was not asked.
    public let failures: [Failure]

    /// - Parameter ineligible: by replica, why it was not even asked.
    init(
        _ key: ObjectKey, _ replicas: ReplicaSet, _ outcomes: [PutOutcome], ineligible: [Int: String] = [:]
    ) {
        self.key = key
        quorum = replicas.quorum.replicaCount
        let stored = outcomes.filter(\.isStored).map(\.replica)
        storedCount = replicas.placeCount(stored)
        let failed = outcomes.compactMap { outcome in
            outcome.error.map { error in
                (
                    outcome.replica,
                    Failure(
                        replica: replicas.names[outcome.replica], reason: error.reason, hint: error.hint)
                )
            }
        }
        let skipped = ineligible.map { replica, reason in
            (
                replica,
                Failure(
                    replica: replicas.names[replica], reason: reason,
                    hint: "photobackup heal copies what a replica misses from another one")
            )
        }
        // A second name of a place that has it brings no second copy.
        let places = replicas.places
        let doubles = stored.filter { one in stored.contains { $0 < one && places[$0] == places[one] } }.map {
            (
                $0,
                Failure(
                    replica: replicas.names[$0],
                    reason: "it is the same place as \(replicas.names[places[$0]])",
                    hint: "take one of them out of the configuration, or give it a place of its own")
            )
        }
        failures = (failed + skipped + doubles).sorted { $0.0 < $1.0 }.map(\.1)
    }

    public var description: String {
        "\(storedCount) of \(storedCount + failures.count) replicas stored \(key), and the quorum is \(quorum): "
            + failures.map { "\($0.replica): \($0.reason)" }.joined(separator: "; ")
    }

    /// The first failure's hint, since that is what a person can do something about.
    public var hint: String? { failures.lazy.compactMap(\.hint).first }
}
