internal import CCurl
internal import Synchronization

/// Where tasks leave transfers for the transport's thread; owns the multi handle, because waking is the one
/// thing that may be done to it from other threads.
final class TransferMailbox: Sendable {
    private struct State {
        var submitted: [Transfer] = []
        var isClosing = false
        var isAbandoned = false
        var hasEnded = false
    }

    /// For the transport's thread alone.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let state = Mutex(State())

    init(multi: UnsafeMutableRawPointer) { self.multi = multi }

    func submit(_ transfer: Transfer) {
        state.withLock { state in
            state.submitted.append(transfer)
            wake(state)
        }
    }

    func wake() { state.withLock { wake($0) } }

    /// Ends the loop. Nobody waits for a transfer then, since whoever sends keeps the transport alive.
    func close() {
        state.withLock { state in
            state.isClosing = true
            wake(state)
        }
    }

    /// Ends everything that is submitted by now, and nothing that comes later.
    func abandon() {
        let submitted = state.withLock { state in
            defer { state.submitted = [] }
            state.isAbandoned = true
            wake(state)
            return state.submitted
        }
        for transfer in submitted { transfer.finish(.failure(.abandoned)) }
    }

    private func wake(_ state: State) {
        if !state.hasEnded { curl_multi_wakeup(multi) }
    }

    /// What was submitted since the last call, and whether all that was taken before is to end; nil when the loop is.
    func take() -> (submitted: [Transfer], abandonsOthers: Bool)? {
        state.withLock { state in
            defer { (state.submitted, state.isAbandoned) = ([], false) }
            return state.isClosing ? nil : (state.submitted, state.isAbandoned)
        }
    }

    /// Frees the multi handle, which nothing wakes any more.
    func end() {
        state.withLock { state in
            state.hasEnded = true
            curl_multi_cleanup(multi)
        }
    }
}
