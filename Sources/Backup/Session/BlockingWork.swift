internal import Foundation

/// Runs work that blocks (disks, SQLite, Argon2id, waiting for threads) on a thread of its own, so that Swift's
/// cooperative pool stays free.
enum BlockingWork {
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
            thread.stackSize = 4 << 20
            thread.start()
        }
    }
}
