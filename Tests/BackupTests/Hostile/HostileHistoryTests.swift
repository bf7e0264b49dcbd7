import Foundation
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
        }
        let text = longest.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        FileHandle.standardError.write(
            Data("soak: malicious, longest: \(text.joined(separator: ", "))\n".utf8))
    }
}
