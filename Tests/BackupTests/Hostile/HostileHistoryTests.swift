import SoakTesting
import Testing

/// With one of three replicas fully malicious, every command does what it would have done.
@Suite struct HostileHistoryTests {
    @Test func oneMaliciousReplicaOfThreeChangesNothing() async throws {
        var costs: [String: HostileCost] = [:]
        for seed in Soak.seeds("MALICIOUS", default: 8) {
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
}
