import ObjectStore
import ObjectStoreTesting
import Synchronization

/// Lets something happen in the middle of a command: at one of its calls to a store, before that call is done.
///
/// Calls to other replicas go on meanwhile. Where the moment is also the command's last, that call and all that come
/// after it never return, as after `kill -9`.
final class MomentSwitch: Sendable {
    private struct State {
        var left: Int
        var isDead = false
        var hasCome = false
    }

    private let event: @Sendable () async -> Void
    private let onKill: (@Sendable () -> Void)?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - callCount: how many calls are let through before the moment.
    ///   - event: what happens then; its own calls are let through.
    ///   - onKill: makes the copy of what the command leaves on its machine; nil: it lives on.
    init(
        after callCount: Int, event: @escaping @Sendable () async -> Void,
        onKill: (@Sendable () -> Void)? = nil
    ) {
        self.event = event
        self.onKill = onKill
        state = Mutex(State(left: callCount))
    }

    /// Whether the command came as far as that.
    var hasCome: Bool { state.withLock { $0.hasCome } }

    func meet() async -> ObjectStoreError.Code? {
        let isNow = state.withLock { state in
            guard !state.hasCome else { return false }
            state.left -= 1
            state.hasCome = state.left < 0
            return state.hasCome
        }
        if isNow {
            await event()
            if let onKill {
                state.withLock { $0.isDead = true }
                onKill()
            }
        }
        guard state.withLock({ $0.isDead }) else { return nil }
        await untilCancelled()
        return .cancelled
    }
}
