internal import Synchronization

/// What was loaded lately, up to a number of bytes: loaded once however many ask for it at the same time, and what was
/// not used for longest goes first.
///
/// Memory: `byteLimit`, of which each value takes at least 64 KiB, and what is being loaded beyond that because somebody
/// waits for it. At most `loadLimit` loads go on at once.
final class LoadingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot {
        let number: UInt64
        let byteCount: Int
        let task: Task<Value, any Error>
        var isLoaded = false
        var lastUse: UInt64
        /// Who waits for it while it is loaded.
        var waiters: Set<UInt64> = []
        /// Whether it goes on though nobody waits for it.
        let isAhead: Bool
    }

    private struct State {
        var slots: [Key: Slot] = [:]
        var byteCount = 0
        var clock: UInt64 = 0

        mutating func tick() -> UInt64 {
            clock += 1
            return clock
        }
    }

    private let byteLimit: Int
    private let turns: Turns
    private let state = Mutex(State())

    init(byteLimit: Int, loadLimit: Int) {
        self.byteLimit = byteLimit
        turns = Turns(limit: loadLimit)
    }

    /// The value of `key`, which `load` makes where it is not there. What fails is loaded anew when it is asked for again.
    ///
    /// When all who wait for a load are cancelled, so is the load.
    ///
    /// - Parameter byteCount: the memory that the value takes.
    func value(
        for key: Key, byteCount: Int, load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let (slot, waiter) = state.withLock { state in
            let slot = enter(key, byteCount: byteCount, isAhead: false, in: &state, load)
            let waiter = state.tick()
            state.slots[key]!.waiters.insert(waiter)
            return (slot, waiter)
        }
        return try await withTaskCancellationHandler {
            let result = await slot.task.result
            state.withLock { state in
                if state.slots[key]?.number == slot.number { state.slots[key]!.waiters.remove(waiter) }
            }
            return try result.get()
        } onCancel: {
            abandon(key, slot.number, by: waiter)
        }
    }

    /// Begins to load a value that will be asked for, unless as much is being loaded ahead as half of the memory holds.
    func prepare(
        _ key: Key, byteCount: Int, load: @escaping @Sendable () async throws -> Value
    ) {
        state.withLock { state in
            guard state.slots[key] == nil else { return }
            let loading = state.slots.values.reduce(0) { $0 + ($1.isLoaded ? 0 : $1.byteCount) }
            guard loading + byteCount <= byteLimit / 2 else { return }
            _ = enter(key, byteCount: byteCount, isAhead: true, in: &state, load)
        }
    }

    /// Ends all loads.
    func cancel() {
        for slot in state.withLock({ Array($0.slots.values) }) { slot.task.cancel() }
    }

    // MARK: - Slots

    private func enter(
        _ key: Key, byteCount: Int, isAhead: Bool, in state: inout State,
        _ load: @escaping @Sendable () async throws -> Value
    ) -> Slot {
        if state.slots[key] != nil {
            state.slots[key]!.lastUse = state.tick()
            return state.slots[key]!
        }
        let byteCount = max(byteCount, 64 << 10)
        makeRoom(for: byteCount, in: &state)
        let number = state.tick()
        let task = Task { [turns] in
            do {
                let value = try await turns.take(load)
                self.state.withLock { state in
                    if state.slots[key]?.number == number { state.slots[key]!.isLoaded = true }
                }
                return value
            } catch {
                self.remove(key, number)
                throw error
            }
        }
        let slot = Slot(number: number, byteCount: byteCount, task: task, lastUse: number, isAhead: isAhead)
        state.slots[key] = slot
        state.byteCount += byteCount
        return slot
    }

    private func makeRoom(for byteCount: Int, in state: inout State) {
        while state.byteCount + byteCount > byteLimit {
            let loaded = state.slots.lazy.filter { $0.value.isLoaded }
            guard let oldest = loaded.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
            state.slots[oldest.key] = nil
            state.byteCount -= oldest.value.byteCount
        }
    }

    private func remove(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            guard let slot = state.slots[key], slot.number == number else { return }
            state.slots[key] = nil
            state.byteCount -= slot.byteCount
        }
    }

    /// A load that is cancelled is no longer found: whoever asks next begins it anew.
    private func abandon(_ key: Key, _ number: UInt64, by waiter: UInt64) {
        let task: Task<Value, any Error>? = state.withLock { state in
            guard state.slots[key]?.number == number else { return nil }
            state.slots[key]!.waiters.remove(waiter)
            guard let slot = state.slots[key], slot.waiters.isEmpty, !slot.isLoaded, !slot.isAhead else {
                return nil
            }
            state.slots[key] = nil
            state.byteCount -= slot.byteCount
            return slot.task
        }
        task?.cancel()
    }
}
