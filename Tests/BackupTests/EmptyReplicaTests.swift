import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A replica that shows nothing of the vault is told of, and given much only when that is asked for.
@Suite struct EmptyReplicaTests {
    private func request(_ test: TestVault, _ refill: RefillRule) -> BackupRequest {
        var request = BackupRequest(
            collection: "Photos", sources: [SourceRoot(path: test.source())])
        request.refill = refill
        return request
    }

    private func backUp(
        _ test: TestVault, _ vault: OpenVault, _ refill: RefillRule = .unasked
    ) async throws -> BackupSummary {
        try await vault.backUp(request(test, refill), progress: RunProgress(replicaCount: 3), warn: test.warn)
    }

    @Test func oneThatHeldTheVaultIsLeftAloneUntilItIsAskedFor() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        try await test.replicas[2].lose()
        _ = test.warnings()
        for _ in 0..<2 {
            try test.write(noise(3000, seed: .random(in: 100 ... .max)), to: "photos/more.jpg")
            let summary = try await backUp(test, try await test.open())
            #expect(summary.replicas.map(\.isEmptied) == [false, false, true])
            #expect(summary.replicas[2].standing.damageCount > 0)
            #expect(try await test.replicas[2].names().isEmpty)
            #expect(test.warnings().contains { $0.what == "c" && $0.why.contains("shows nothing of it now") })
        }
        _ = try await test.open().catchUp(progress: RunProgress(replicaCount: 3), warn: test.warn)
        #expect(try await test.replicas[2].names().isEmpty)
        #expect(try await test.access().status().isDamaged)

        // Healing is how it is asked for.
        _ = try await test.heal(try await test.open())
        #expect(try await test.replicas[2].names() == test.replicas[0].names())
        #expect(
            try await backUp(test, try await test.open()).replicas.allSatisfy { $0.isWhole && !$0.isEmptied })
        withExtendedLifetime(vault) {}
    }

    /// Another prefix, a provider that is new in the configuration: this machine has never seen anything there.
    @Test(arguments: [RefillRule.upTo(10), .unasked, .everything])
    func oneThatIsNewGetsNoMoreThanItsRuleLets(rule: RefillRule) async throws {
        let (test, _) = try await TestVault.withThreeSnapshots()
        try await test.replicas[2].lose()
        let anew = try await test.openAnew()
        _ = test.warnings()
        let summary = try await backUp(test, anew, rule)
        let told = test.warnings().filter { $0.what == "c" }
        #expect(told.contains { $0.why.contains("shows nothing of the vault") }, "\(told)")
        #expect(!summary.replicas[2].isEmptied)
        if rule == .upTo(10) {
            #expect(try await test.replicas[2].names().isEmpty)
            #expect(summary.replicas[2].isBehind && summary.replicas[2].bytesSent == 0)
            #expect(summary.replicas[2].failure?.contains("nothing is put there unasked") == true)
            // Naming it asks for it.
            _ = try await test.open().fill(
                "c", progress: RunProgress(replicaCount: 3), warn: test.warn, onUnprovable: { _ in })
        } else {
            #expect(summary.replicas[2].isWhole)
            #expect(summary.replicas[2].bytesSent > 3 * 3000, "what it caught up with is counted")
        }
        #expect(try await test.replicas[2].names("packs/") == test.replicas[0].names("packs/"))
        #expect(try await test.replicas[2].names("snapshots/") == test.replicas[0].names("snapshots/"))
    }

    @Test func twoThatAreEmptyAreNoQuorum() async throws {
        let (test, _) = try await TestVault.withThreeSnapshots()
        for replica in test.replicas.dropFirst() { try await replica.lose() }
        let vault = try await test.open()
        await #expect(throws: QuorumError.self) { _ = try await backUp(test, vault) }
        for replica in test.replicas.dropFirst() { #expect(try await replica.names().isEmpty) }
    }
}
