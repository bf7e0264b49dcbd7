internal import Threads

/// Runs work that blocks (disks, SQLite, Argon2id, waiting for threads) on a thread of its own, so that Swift's
/// cooperative pool stays free.
enum BlockingWork {
    /// How long a thread is waited for where there is none: others end.
    private static let patience = Duration.seconds(10)

    /// - Throws: what `body` throws; `ThreadError`.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
    {
        let end = ContinuousClock.now + patience
        while true {
            do {
                return try await start(body)
            } catch let error as Unstarted {
                guard ContinuousClock.now < end else { throw error.cause }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private struct Unstarted: Error {
        let cause: ThreadError
    }

    private static func start<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do throws(ThreadError) {
                try startThread(stackByteCount: 4 << 20) {
                    continuation.resume(with: Swift.Result { try body() })
                }
            } catch {
                continuation.resume(throwing: Unstarted(cause: error))
            }
        }
    }
}
