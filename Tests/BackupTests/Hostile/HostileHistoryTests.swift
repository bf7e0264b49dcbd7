import SoakTesting
import Testing

/// With one of three replicas fully malicious, every command does what it would have done.
@Suite struct HostileHistoryTests {
    @Test func oneMaliciousReplicaOfThreeChangesNothing() async throws {
        var longest: [String: Duration] = [:]
        for seed in Soak.seeds("MALICIOUS", default: 8) {
            let history = try await HostileHistory(seed: seed)
            do { try await history.run(stepCount: 10) } catch {
                Issue.record("\(error): \(history.comment)")
            }
            longest.merge(history.longest) { max($0, $1) }
            if let (command, time) = history.longest.max(by: { $0.value < $1.value }), time > .seconds(10) {
                Soak.tell("malicious: seed \(seed): \(command) took \(time)")
            }
        }
        let times = longest.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        Soak.tell("malicious, longest: \(times.joined(separator: ", "))")
    }
}
