public import ObjectStore
internal import Synchronization

/// Why a replica is left alone for the rest of a phase, and since when.
public struct Outage: Sendable {
    /// The first error that put it out.
    public let reason: ObjectStoreError
    public let since: ContinuousClock.Instant
}

/// What the calls so far have shown of each replica: who is out, and whom to ask last.
final class ReplicaHealth: Sendable {
    private struct State {
        var outages: [Outage?]
        /// When a replica last failed to deliver, counted in such failures; 0 when its last answer was good.
        var lastReadFailures: [Int]
        var readFailureCount = 0

        init(replicaCount: Int) {
            outages = Array(repeating: nil, count: replicaCount)
            lastReadFailures = Array(repeating: 0, count: replicaCount)
        }
    }

    private let state: Mutex<State>
    private let replicaCount: Int

    init(replicaCount: Int) {
        self.replicaCount = replicaCount
        state = Mutex(State(replicaCount: replicaCount))
    }

    func beginPhase() {
        state.withLock { $0 = State(replicaCount: replicaCount) }
    }

    func outage(of replica: Int) -> Outage? {
        state.withLock { $0.outages[replica] }
    }

    func recordPutFailure(_ error: ObjectStoreError, of replica: Int) {
        guard error.code.concernsWholeReplica else { return }
        state.withLock { state in
            guard state.outages[replica] == nil else { return }
            state.outages[replica] = Outage(reason: error, since: .now)
        }
    }

    /// Wrong bytes and slowness count too; an object that is not there says nothing about the replica.
    func recordReadFailure(of replica: Int) {
        state.withLock { state in
            state.readFailureCount += 1
            state.lastReadFailures[replica] = state.readFailureCount
        }
    }

    func recordReadSuccess(of replica: Int) {
        state.withLock { $0.lastReadFailures[replica] = 0 }
    }

    /// All replicas: those that are well in the order of the configuration, then those that failed, the one
    /// whose failure is longest ago first, then those that are out.
    func readingOrder() -> [Int] {
        state.withLock { state in
            (0..<replicaCount).sorted { left, right in
                func rank(_ replica: Int) -> (Int, Int, Int) {
                    (state.outages[replica] == nil ? 0 : 1, state.lastReadFailures[replica], replica)
                }
                return rank(left) < rank(right)
            }
        }
    }
}

extension ObjectStoreError.Code {
    /// Whether the next object would fail in the same way, so that asking again is a waste of time.
    public var concernsWholeReplica: Bool {
        switch self {
        case .suspended, .connectionFailed, .hostNotResolved, .certificateRefused, .redirected,
            .credentialsRefused, .signatureRefused, .accessDenied, .wrongRegion, .clockSkewed,
            .containerNotFound, .outOfSpace, .unsupported:
            true
        case .notFound, .alreadyExists, .damaged, .malformedAnswer, .timedOut, .throttled, .serverFailed,
            .cancelled, .system:
            false
        }
    }
}
