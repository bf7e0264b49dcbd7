internal import Synchronization

/// Lets a bounded number of tasks go on at once; the others wait, and go in the order in which they came.
final class Turns: Sendable {
    private struct State {
        var free: Int
        var nextNumber: UInt64 = 0
        var waiting: [(number: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(free: limit)) }

    /// Runs `body` in a turn.
    ///
    /// - Throws: what `body` throws; `CancellationError` where the task is cancelled before its turn.
    func take<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await wait()
        defer { give() }
        return try await body()
    }

    private func wait() async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free > 0 else {
                        state.waiting.append((number, continuation))
                        return false
                    }
                    state.free -= 1
                    return true
                }
                if isFree {
                    continuation.resume()
                } else if Task.isCancelled {
                    // It may have been cancelled before there was anything to withdraw.
                    withdraw(number)
                }
            }
        } onCancel: {
            withdraw(number)
        }
    }

    private func withdraw(_ number: UInt64) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func give() {
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
