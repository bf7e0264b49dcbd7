internal import ObjectStore

/// Runs Argon2id on a thread of its own, so that Swift's cooperative pool stays free.
enum LinkWork {
    static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws -> Value {
        try await BlockingThreads(count: 1).run { Result { () throws(Failure) in try body() } }.get()
    }
}
