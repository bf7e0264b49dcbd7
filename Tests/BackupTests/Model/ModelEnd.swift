import ObjectStore
import Testing

@testable import Backup
@testable import Vault

/// What must hold at the end of a sequence, when every honest provider answers again.
struct ModelEnd {
    private let sequence: ModelSequence
    private let seen: Set<ObjectKey>

    init(_ sequence: ModelSequence, seen: Set<ObjectKey>) {
        self.sequence = sequence
        self.seen = seen
    }

    private var test: TestVault { sequence.test }

    func check() async throws {
        for replica in test.replicas { replica.works() }
        let machine = ModelMachine(host: "new")
        sequence.note("the end: restores on a new machine")
        for promise in sequence.promises { try await sequence.expectRestored(promise, by: machine) }

        let lost = seen.subtracting(try await sequence.holdings().intactSomewhere)
        sequence.note("the end: heal; lost for good, and promised by nobody: \(lost.count)")
        let vault = try await machine.access(to: test).without(sequence.malicious).open()
        _ = try await test.heal(vault, level: .decrypt)
        guard lost.isEmpty else { return }
        let summary = try await test.verify(vault, level: .decrypt)
        #expect(!summary.isDamaged && !summary.isBehind, "\(summary): \(sequence.comment)")
        guard let promise = sequence.promises.last else { return }
        for replica in sequence.honest {
            try await sequence.expectRestored(
                promise, by: ModelMachine(host: "new"), onlyReplica: replica)
        }
    }
}
