import SoakTesting
import Testing

/// With one of three replicas fully malicious, every command does what it would have done.
///
/// One after the other, since the memory of the process is looked at where they run by themselves.
@Suite(.serialized) struct HostileHistoryTests {
    @Test func oneMaliciousReplicaOfThreeChangesNothing() async throws {
        var costs: [String: HostileCost] = [:]
        for seed in Soak.seeds("MALICIOUS", default: 3) {
            let history = try await HostileHistory(seed: seed)
            do { try await history.run(stepCount: 12) } catch {
                Issue.record("\(error): \(history.comment)")
            }
            costs.merge(history.costs) { $0.orMore($1) }
            if let (command, cost) = history.costs.max(by: { $0.value.time < $1.value.time }),
                cost.time > .seconds(30)
            {
                Soak.tell("malicious: seed \(seed): \(command) took \(cost)")
            }
        }
        for (command, cost) in costs.sorted(by: { $0.key < $1.key }) {
            Soak.tell("malicious, at most: \(command) \(cost)")
        }
    }

    /// Beside kills, providers that are away or fail, damage and roll-back of the others, as far as a vault can survive them.
    @Test func whatWasPromisedComesBack() async throws {
        for seed in Soak.seeds("MALICIOUS_MODEL", default: 2) {
            let sequence = try await ModelSequence(seed: seed, isOneMalicious: true)
            do { try await sequence.run(stepCount: 16) } catch {
                Issue.record("\(error): \(sequence.comment)")
            }
        }
    }

    /// Beside three machines that forget, prune, share and are killed.
    @Test func nothingNeededIsEverDeleted() async throws {
        for seed in Soak.seeds("MALICIOUS_PRUNE", default: 2) {
            let history = try await PruneHistory(seed: seed, isOneMalicious: true)
            do { try await history.run(stepCount: 20) } catch {
                Issue.record("\(error): \(history.comment)")
            }
        }
    }
}
