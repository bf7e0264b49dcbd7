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
        /// nil while it is loaded.
        var value: Value?
        var lastUse: UInt64
        /// Who waits for it while it is loaded.
        var waiters: Set<UInt64> = []
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
    /// Loads that one is not begun ahead beside.
    private let aheadLimit: Int
    private let turns: Turns
    private let state = Mutex(State())

    init(byteLimit: Int, loadLimit: Int) {
        self.byteLimit = byteLimit
        aheadLimit = max(1, loadLimit * 2 / 3)
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
            let slot = enter(key, byteCount: byteCount, in: &state, load)
            let waiter = state.tick()
            if slot.value == nil { state.slots[key]!.waiters.insert(waiter) }
            return (slot, waiter)
        }
        if let value = slot.value { return value }
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

    /// Begins to load a value that will be asked for, unless what is being loaded fills half of the memory, or leaves few
    /// turns for those who wait.
    func prepare(
        _ key: Key, byteCount: Int, load: @escaping @Sendable () async throws -> Value
    ) {
        state.withLock { state in
            guard state.slots[key] == nil else { return }
            let loading = state.slots.values.filter { $0.value == nil }
            let loadingByteCount = loading.reduce(0) { $0 + $1.byteCount }
            guard loading.count < aheadLimit, loadingByteCount + byteCount <= byteLimit / 2 else { return }
            _ = enter(key, byteCount: byteCount, in: &state, load)
        }
    }

    // MARK: - Slots

    private func enter(
        _ key: Key, byteCount: Int, in state: inout State,
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
                    if state.slots[key]?.number == number { state.slots[key]!.value = value }
                }
                return value
            } catch {
                self.remove(key, number)
                throw error
            }
        }
        let slot = Slot(number: number, byteCount: byteCount, task: task, lastUse: number)
        state.slots[key] = slot
        state.byteCount += byteCount
        return slot
    }

    private func makeRoom(for byteCount: Int, in state: inout State) {
        while state.byteCount + byteCount > byteLimit {
            let loaded = state.slots.lazy.filter { $0.value.value != nil }
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
            guard let slot = state.slots[key], slot.waiters.isEmpty, slot.value == nil else { return nil }
            state.slots[key] = nil
            state.byteCount -= slot.byteCount
            return slot.task
        }
        task?.cancel()
    }
}
