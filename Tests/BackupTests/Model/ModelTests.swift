import SoakTesting
import Testing

/// Random sequences of backup, kill, loss of a provider, damage, roll-back, heal, verify, loss of the catalog and
/// restore. After each, everything that was promised comes back byte for byte.
@Suite struct ModelTests {
    @Test func whatWasPromisedComesBack() async throws {
        try await play(Soak.seeds("MODEL", default: 6), isOneMalicious: false)
    }

    /// Whatever one of the three replicas answers, and does to what it holds.
    @Test func whatWasPromisedComesBackBesideAMaliciousReplica() async throws {
        try await play(Soak.seeds("MALICIOUS_MODEL", default: 3), isOneMalicious: true)
    }

    private func play(_ seeds: Range<UInt64>, isOneMalicious: Bool) async throws {
        // Two at a time: each keeps three replicas in memory.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds.enumerated() {
                if number >= 2 { try await group.next() }
                group.addTask {
                    let sequence = try await ModelSequence(seed: seed, isOneMalicious: isOneMalicious)
                    do { try await sequence.run(stepCount: 16) } catch {
                        Issue.record("\(error): \(sequence.comment)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
