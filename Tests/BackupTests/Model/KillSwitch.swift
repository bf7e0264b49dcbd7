import ObjectStore
import ObjectStoreTesting
import Synchronization

/// Ends a run as `kill -9` does, at the call to a store that it is set to: that call and all that come after it
/// never return, on any replica, and what was acknowledged before stays.
///
/// The run's task is to be cancelled then, so that its memory is given back. What it still does to its own files
/// is not seen: whoever goes on does so with the copy that was made at the moment of the kill.
final class KillSwitch: Sendable {
    private struct State {
        var left: Int
        var isDead = false
    }

    private let losesAnswer: Bool
    private let onKill: @Sendable () -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - callCount: how many calls are let through before the one at which the run dies.
    ///   - losesAnswer: whether that call does its work, and only its answer never comes.
    ///   - onKill: makes the copy of what the run leaves on this machine.
    init(after callCount: Int, losesAnswer: Bool, onKill: @escaping @Sendable () -> Void) {
        self.losesAnswer = losesAnswer
        self.onKill = onKill
        state = Mutex(State(left: callCount))
    }

    func arm(_ replicas: [TestReplica]) {
        for replica in replicas {
            replica.fault { [self] _ in await meet(counts: !losesAnswer) }
            replica.loseAnswers { [self] _ in await meet(counts: losesAnswer) }
        }
    }

    private func meet(counts: Bool) async -> ObjectStoreError.Code? {
        let (isDead, isNow) = state.withLock { state in
            guard !state.isDead, counts else { return (state.isDead, false) }
            state.left -= 1
            state.isDead = state.left < 0
            return (state.isDead, state.isDead)
        }
        if isNow { onKill() }
        guard isDead else { return nil }
        await untilCancelled()
        return .cancelled
    }
}
