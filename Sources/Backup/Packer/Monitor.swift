internal import Foundation

/// State that several threads share and wait for: a mutex and a condition variable around one value.
///
/// For threads of our own, which may block; never from Swift's cooperative pool.
final class Monitor<State>: @unchecked Sendable {
    // @unchecked Sendable: `state` is touched under the lock alone.
    private let condition = NSCondition()
    private var state: State

    init(_ state: sending State) { self.state = state }

    /// Changes the state and wakes whoever waits for it.
    func update<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&state)
    }

    /// Waits until `body` gives a result, and calls it again each time the state was changed.
    func wait<Result>(until body: (inout State) throws -> Result?) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = try body(&state) {
                condition.broadcast()
                return result
            }
            condition.wait()
        }
    }
}
