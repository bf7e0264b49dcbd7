import SoakTesting
import Testing

/// Random histories of forgetting and pruning beside two machines that back up: nothing that a remaining snapshot
/// needs is ever deleted, nothing that was deleted comes back, and the space of what was forgotten is given back.
@Suite struct PruneHistoryTests {
    @Test func nothingNeededIsEverDeleted() async throws {
        try await play(Soak.seeds("PRUNE", default: 8), isOneMalicious: false)
    }

    /// Whatever one of the three replicas answers, and does to what it holds.
    @Test func nothingNeededIsEverDeletedBesideAMaliciousReplica() async throws {
        try await play(Soak.seeds("MALICIOUS_PRUNE", default: 3), isOneMalicious: true)
    }

    private func play(_ seeds: Range<UInt64>, isOneMalicious: Bool) async throws {
        // Two at a time: each keeps three replicas in memory.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds.enumerated() {
                if number >= 2 { try await group.next() }
                group.addTask {
                    let history = try await PruneHistory(seed: seed, isOneMalicious: isOneMalicious)
                    do { try await history.run(stepCount: 20) } catch {
                        Issue.record("\(error): \(history.comment)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
