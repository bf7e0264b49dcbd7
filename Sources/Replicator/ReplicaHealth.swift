internal import Glibc
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
        /// Those that nothing is put on, whatever the phase.
        var closures: [Outage?]
        /// When a replica last failed to deliver, counted in such failures; 0 when its last answer was good.
        var lastReadFailures: [Int]
        var readFailureCount = 0
        /// Reads that failed since the replica last delivered.
        var failuresInARow: [Int]
        /// How long a read of up to `measuredByteCount` took of late; nil before the first.
        var readSeconds: [Double?]
        /// How many times `measuredByteCount` are being read now.
        var loads: [Double]
        var preferred: Int?

        init(replicaCount: Int) {
            outages = Array(repeating: nil, count: replicaCount)
            closures = outages
            lastReadFailures = Array(repeating: 0, count: replicaCount)
            failuresInARow = Array(repeating: 0, count: replicaCount)
            readSeconds = Array(repeating: nil, count: replicaCount)
            loads = Array(repeating: 0, count: replicaCount)
        }
    }

    private let state: Mutex<State>
    private let replicaCount: Int
    /// Those that have to be asked for what they hold, hours before they give it.
    private let cold: Set<Int>

    init(replicaCount: Int, cold: Set<Int> = []) {
        self.replicaCount = replicaCount
        self.cold = cold
        state = Mutex(State(replicaCount: replicaCount))
    }

    /// What was measured stays: it is no verdict.
    func beginPhase() {
        state.withLock { state in
            var next = State(replicaCount: replicaCount)
            (next.readSeconds, next.preferred, next.loads) = (state.readSeconds, state.preferred, state.loads)
            (next.closures, next.outages) = (state.closures, state.closures)
            state = next
        }
    }

    func prefer(_ replica: Int?) { state.withLock { $0.preferred = replica } }

    func outage(of replica: Int) -> Outage? {
        state.withLock { $0.outages[replica] }
    }

    func close(_ replica: Int, because reason: ObjectStoreError) {
        state.withLock { state in
            let outage = Outage(reason: reason, since: .now)
            (state.closures[replica], state.outages[replica]) = (outage, outage)
        }
    }

    func reopen(_ replica: Int) {
        state.withLock { state in
            if state.closures[replica] != nil {
                (state.closures[replica], state.outages[replica]) = (nil, nil)
            }
        }
    }

    func closure(of replica: Int) -> ObjectStoreError? { state.withLock { $0.closures[replica]?.reason } }

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
            state.failuresInARow[replica] += 1
        }
    }

    /// A replica is asked for so many bytes; followed by `endRead` with the same.
    func beginRead(of replica: Int, byteCount: Int) {
        state.withLock { $0.loads[replica] += Self.load(byteCount) }
    }

    func endRead(of replica: Int, byteCount: Int) {
        state.withLock { $0.loads[replica] -= Self.load(byteCount) }
    }

    private static func load(_ byteCount: Int) -> Double {
        max(1, Double(byteCount) / Double(measuredByteCount))
    }

    /// - Parameter duration: how long `byteCount` bytes took; nil when that was not measured.
    func recordReadSuccess(of replica: Int, byteCount: Int = 0, taking duration: Duration? = nil) {
        state.withLock { state in
            state.lastReadFailures[replica] = 0
            state.failuresInARow[replica] = 0
            guard let duration else { return }
            let seconds = duration / .seconds(1) / Self.load(byteCount)
            state.readSeconds[replica] =
                state.readSeconds[replica].map { 0.7 * $0 + 0.3 * seconds } ?? seconds
        }
    }

    private static let measuredByteCount = 256 << 10

    /// All replicas in the order in which they are best asked for so many bytes.
    ///
    /// First the preferred one, unless it has failed three times in a row; then those that are well; then those that
    /// failed, the one whose failure is longest ago first; then those in cold storage; then those that are out.
    ///
    /// Of those that are well, first the one that will have delivered first, behind all that it is being asked for:
    /// reads that run side by side spread over the replicas in proportion to their speed. One that has not been
    /// measured yet counts as the fastest; where nothing is being read, the first of the configuration comes first among
    /// those that are about as fast.
    func readingOrder(byteCount: Int = 0) -> [Int] {
        state.withLock { state in
            let isIdle = state.loads.allSatisfy { $0 < 1 }
            let load = Self.load(byteCount)
            let fastest = state.readSeconds.compactMap(\.self).min() ?? 0
            func rank(_ replica: Int) -> [Double] {
                let isPreferred = state.preferred == replica && state.failuresInARow[replica] < 3
                let seconds = state.readSeconds[replica] ?? (isIdle ? 0 : fastest)
                return [
                    isPreferred ? 0 : 1, state.outages[replica] == nil ? 0 : 1,
                    cold.contains(replica) ? 1 : 0, Double(state.lastReadFailures[replica]),
                    isIdle
                        ? Self.slowness(seconds)
                        : max(seconds, Self.leastSeconds) * (state.loads[replica] + load),
                    Double(replica),
                ]
            }
            return (0..<replicaCount).sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
        }
    }

    /// 256 MiB a second: what is faster cannot be told from a chance.
    private static let leastSeconds = 0.001

    /// Doubles of 20 ms: what is faster than that is as good as any other.
    private static func slowness(_ seconds: Double) -> Double {
        max(0, log2(max(seconds, leastSeconds) / 0.02).rounded(.up))
    }
}

extension ObjectStoreError.Code {
    /// Whether the next object would fail in the same way, so that asking again is a waste of time.
    public var concernsWholeReplica: Bool {
        switch self {
        case .suspended, .connectionFailed, .hostNotResolved, .certificateRefused, .redirected,
            .credentialsRefused, .signatureRefused, .accessDenied, .wrongRegion, .clockSkewed,
            .containerNotFound, .outOfSpace, .unsupported, .otherVault:
            true
        case .notFound, .alreadyExists, .damaged, .malformedAnswer, .inColdStorage, .timedOut, .throttled,
            .serverFailed,
            .cancelled, .system:
            false
        }
    }
}
