import SoakTesting
import Testing

/// Random histories of forgetting and pruning beside two machines that back up: nothing that a remaining snapshot
/// needs is ever deleted, nothing that was deleted comes back, and the space of what was forgotten is given back.
@Suite struct PruneHistoryTests {
    @Test func nothingNeededIsEverDeleted() async throws {
        let seeds = Soak.seeds("PRUNE", default: 8)
        // Two at a time: each keeps three replicas in memory.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds.enumerated() {
                if number >= 2 { try await group.next() }
                group.addTask {
                    let history = try await PruneHistory(seed: seed)
                    do { try await history.run(stepCount: 20) } catch {
                        Issue.record("\(error): \(history.comment)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
