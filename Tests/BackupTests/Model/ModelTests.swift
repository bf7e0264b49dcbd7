import SoakTesting
import Testing

/// Random sequences of backup, kill, loss of a provider, damage, roll-back, heal, verify, loss of the catalog and
/// restore. After each, everything that was promised comes back byte for byte.
@Suite struct ModelTests {
    @Test func whatWasPromisedComesBack() async throws {
        let seeds = Soak.seeds("MODEL", default: 6)
        // Two at a time: each keeps three replicas in memory.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds.enumerated() {
                if number >= 2 { try await group.next() }
                group.addTask {
                    let sequence = try await ModelSequence(seed: seed)
                    do { try await sequence.run(stepCount: 16) } catch {
                        Issue.record("\(error): \(sequence.comment)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
