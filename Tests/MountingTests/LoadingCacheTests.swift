import Synchronization
import Testing

@testable import Mounting

@Suite struct LoadingCacheTests {
    private static let size = 1 << 20

    /// Loads that are counted, and go on when the test lets them.
    private final class Loads: Sendable {
        private let counts = Mutex<[Int: Int]>([:])

        func count(_ key: Int) -> Int { counts.withLock { $0[key] ?? 0 } }

        func load(_ key: Int) -> @Sendable () async throws -> Int {
            {
                self.counts.withLock { $0[key, default: 0] += 1 }
                return key * 10
            }
        }
    }

    private struct Refused: Error {}

    @Test func whatIsThereIsNotLoadedAgainAndWhatWasUsedLongAgoGoes() async throws {
        let cache = LoadingCache<Int, Int>(byteLimit: 3 * Self.size, loadLimit: 2)
        let loads = Loads()
        func value(_ key: Int) async throws -> Int {
            try await cache.value(for: key, byteCount: Self.size, load: loads.load(key))
        }
        for key in [1, 2, 3, 1, 4, 1, 3] { #expect(try await value(key) == key * 10) }
        #expect([1, 2, 3, 4].map(loads.count) == [1, 1, 1, 1])
        // 2 made room for 4.
        #expect(try await value(2) == 20)
        #expect(loads.count(2) == 2)
    }

    @Test func allWhoAskAtOnceGetOneLoad() async throws {
        let cache = LoadingCache<Int, Int>(byteLimit: Self.size, loadLimit: 1)
        let loads = Loads()
        let (goOn, letGoOn) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await cache.value(for: 1, byteCount: Self.size) {
                        for await _ in goOn {}
                        return try await loads.load(1)()
                    }
                }
            }
            letGoOn.finish()
            for try await value in group { #expect(value == 10) }
        }
        #expect(loads.count(1) == 1)
    }

    @Test func aFailureIsNotKept() async throws {
        let cache = LoadingCache<Int, Int>(byteLimit: Self.size, loadLimit: 1)
        await #expect(throws: Refused.self) {
            try await cache.value(for: 1, byteCount: Self.size) { throw Refused() }
        }
        #expect(try await cache.value(for: 1, byteCount: Self.size) { 5 } == 5)
    }

    /// A load goes on for as long as somebody waits for it.
    @Test func aLoadEndsWhenNobodyWaitsForItAnyMore() async throws {
        let cache = LoadingCache<Int, Int>(byteLimit: Self.size, loadLimit: 1)
        let (begun, hasBegun) = AsyncStream<Void>.makeStream()
        let (ended, hasEnded) = AsyncStream<Void>.makeStream()
        let ask = { @Sendable in
            try await cache.value(for: 1, byteCount: Self.size) {
                hasBegun.yield()
                // Nothing comes; only cancelling ends it.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                hasEnded.yield()
                try Task.checkCancellation()
                return 1
            }
        }
        let waiting = [Task(operation: ask), Task(operation: ask)]
        for await _ in begun { break }
        for task in waiting { task.cancel() }
        for await _ in ended { break }
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        // Who asks then begins anew.
        #expect(try await cache.value(for: 1, byteCount: Self.size) { 2 } == 2)
    }

    @Test func whatIsLoadedAheadIsThereAndTakesHalfTheMemoryAtMost() async throws {
        let cache = LoadingCache<Int, Int>(byteLimit: 4 * Self.size, loadLimit: 4)
        let loads = Loads()
        let (goOn, letGoOn) = AsyncStream<Void>.makeStream()
        for key in 1...3 {
            cache.prepare(key, byteCount: Self.size) {
                for await _ in goOn {}
                return try await loads.load(key)()
            }
        }
        letGoOn.finish()
        for key in 1...3 {
            #expect(
                try await cache.value(for: key, byteCount: Self.size, load: { key * 100 })
                    == (key < 3 ? key * 10 : 300))
        }
    }
}
