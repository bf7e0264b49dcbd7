internal import ObjectStore
internal import Vault

/// Lends the memory that packs are written into: a bounded number of buffers, used again and again, so that a
/// run's memory does not depend on what it reads.
///
/// A buffer comes back when the last store has sent it. Whoever asks for one waits for that: this is how a
/// slow provider slows the reading down.
final class PackMemory: Sendable {
    private struct State {
        var free: [UnsafeMutableRawBufferPointer] = []
        var lentCount = 0
        var isClosed = false
    }

    private let limit: Int
    private let state: Monitor<State>

    init(limit: Int) {
        self.limit = limit
        state = Monitor(State())
    }

    deinit {
        state.update { state in
            for memory in state.free { memory.deallocate() }
        }
    }

    /// An empty buffer with room for one pack; waits until there is one. nil when the run has been stopped.
    func lend() -> ObjectBytes? {
        let memory: UnsafeMutableRawBufferPointer?? = state.wait { state in
            if state.isClosed { return .some(nil) }
            guard state.lentCount < limit else { return nil }
            state.lentCount += 1
            return .some(
                state.free.popLast()
                    ?? .allocate(byteCount: Format.maximumPackByteCount, alignment: 4096))
        }
        guard let memory = memory ?? nil else { return nil }
        return ObjectBytes(memory: memory, count: 0) { [self] memory in
            state.update { state in
                state.lentCount -= 1
                state.free.append(memory)
            }
        }
    }

    /// Ends all waiting: the run is stopped.
    func close() { state.update { $0.isClosed = true } }
}
