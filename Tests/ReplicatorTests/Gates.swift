import ObjectStore
import Synchronization

/// A door that calls wait at until the test opens it, so that a test decides the order of events.
final class Gate: Sendable {
    private let opening: AsyncStream<Void>
    private let opener: AsyncStream<Void>.Continuation
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() {
        (opening, opener) = AsyncStream.makeStream()
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    /// Returns when the gate is opened, or ends with `cancelled` when the task is.
    func pass() async throws(ObjectStoreError) {
        arrived.yield()
        for await _ in opening {}
        if Task.isCancelled { throw ObjectStoreError(.cancelled, store: "gate", reason: "cancelled") }
    }

    /// Returns when a call has come to the gate that was not waited for before.
    func waitForArrival() async {
        for await _ in arrivals { return }
    }

    func open() { opener.finish() }
}

/// A clock that stands still until a test advances it.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [(deadline: Instant, waker: AsyncStream<Void>.Continuation)] = []
    }

    private let state = Mutex(State())
    private let sleeps: AsyncStream<Void>
    private let sleptAway: AsyncStream<Void>.Continuation

    init() { (sleeps, sleptAway) = AsyncStream.makeStream() }

    var now: Instant { state.withLock(\.now) }
    var minimumResolution: Duration { .nanoseconds(1) }
    var sleeperCount: Int { state.withLock(\.sleepers.count) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (waking, waker) = AsyncStream<Void>.makeStream()
        state.withLock { $0.sleepers.append((deadline, waker)) }
        wake()
        sleptAway.yield()
        for await _ in waking {}
        try Task.checkCancellation()
    }

    /// Returns when a sleep has begun that was not waited for before.
    func waitForSleep() async {
        for await _ in sleeps { return }
    }

    func advance(by duration: Duration) {
        state.withLock { $0.now = $0.now.advanced(by: duration) }
        wake()
    }

    private func wake() {
        state.withLock { state in
            for sleeper in state.sleepers where sleeper.deadline <= state.now { sleeper.waker.finish() }
            state.sleepers.removeAll { $0.deadline <= state.now }
        }
    }
}
