import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Forgetting snapshots, and bringing them back.
@Suite struct FlowForgetTests {
    let scene: PruneScene
    var test: TestVault { scene.test }

    init() async throws { scene = try await PruneScene() }

    /// Two snapshots of different content, oldest first.
    private func twoSnapshots(_ vault: OpenVault) async throws -> [SnapshotID] {
        try test.write(randomBytes(5000), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(6000), to: "photos/b.jpg")
        return [first, try #require(try await test.backUp(vault).snapshot)]
    }

    private func policy(_ change: (inout RetentionPolicy) -> Void) -> ForgetRequest {
        var policy = RetentionPolicy()
        change(&policy)
        return ForgetRequest(.policy(policy, collections: []))
    }

    @Test(arguments: [false, true])
    func whatIsForgottenIsNotListedAnywhere(byName: Bool) async throws {
        let vault = try await test.open()
        let snapshots = try await twoSnapshots(vault)
        let request = byName ? ForgetRequest(.snapshots([snapshots[0].short])) : policy { $0.last = 1 }
        let summary = try await vault.forget(request, warn: test.warn)
        #expect(summary.forgotten == [snapshots[0]] && summary.behind == [])
        for machine in [vault, try await test.open(on: "laptop")] {
            #expect(try await machine.snapshots(warn: test.warn).map(\.id) == [snapshots[1]])
            let verified = try await test.verify(machine, level: .decrypt)
            #expect(verified.replicas.allSatisfy { $0.counts.isEmpty })
        }
        #expect(try await scene.names("snapshots/").count == 2)
        #expect(try await test.access().status().collections.map(\.snapshotCount) == [1])
        #expect(test.warnings() == [])
    }

    @Test func aDryRunChangesNothing() async throws {
        let vault = try await test.open()
        let snapshots = try await twoSnapshots(vault)
        let before = try await scene.names("")
        var request = policy { $0.last = 1 }
        request.isDryRun = true
        let summary = try await vault.forget(request, warn: test.warn)
        #expect(summary.forgotten == [snapshots[0]])
        #expect(summary.groups.map { $0.decisions.map(\.reasons) } == [[["last snapshot"], []]])
        #expect(try await scene.names("") == before)
        #expect(try await vault.snapshots(warn: test.warn).count == 2)
    }

    @Test func machinesAndCollectionsAreGroupsOfTheirOwn() async throws {
        let (studio, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        _ = try await twoSnapshots(studio)
        _ = try await twoSnapshots(laptop)
        try test.write(randomBytes(100), to: "shoot/1.raw")
        _ = try await test.archive(studio, "shoot")
        let summary = try await studio.forget(policy { $0.last = 1 }, warn: test.warn)
        #expect(summary.groups.map(\.collection) == ["Photos", "Photos", "Shoot"])
        #expect(summary.forgotten.count == 2)
        #expect(try await studio.snapshots(warn: test.warn).count == 3)
    }

    @Test func whatCannotBeMeantIsRefused() async throws {
        let vault = try await test.open()
        let snapshots = try await twoSnapshots(vault)
        let refused = [
            policy { _ in }, policy { $0.tags = [["nobody has it"]] },
            ForgetRequest(.policy(policy { $0.last = 1 }.policy, collections: ["Phots"])),
            ForgetRequest(.snapshots(["0123456789"])), ForgetRequest(.snapshots([""])),
            ForgetRequest(.snapshots([String(snapshots[0].short.prefix(3))])),
        ]
        for request in refused {
            await #expect(throws: RetentionError.self) { try await vault.forget(request, warn: test.warn) }
        }
        #expect(try await vault.snapshots(warn: test.warn).count == 2)
    }

    @Test func fewDigitsThatTwoHaveAreTooFew() throws {
        let collection = String(repeating: "0", count: 32)
        let keys = ["aaaa1", "aaaa2"].compactMap { digits in
            ObjectKey(
                "snapshots/\(collection)/20261128-120000-\(digits)" + String(repeating: "0", count: 59))
        }
        try #require(keys.count == 2 && keys.allSatisfy { SnapshotID($0) != nil }, "\(keys)")
        let error = #expect(throws: RetentionError.self) { try OpenVault.snapshot("aaaa", among: keys) }
        #expect(error?.hint == "give more digits of the hash")
        #expect(try OpenVault.snapshot("aaaa2", among: keys) == keys[1])
    }

    @Test func aReplicaThatIsAwayLearnsItLater() async throws {
        let vault = try await test.open()
        let snapshots = try await twoSnapshots(vault)
        test.replicas[2].fault { $0.put == nil ? nil : .connectionFailed }
        let summary = try await vault.forget(
            ForgetRequest(.snapshots([snapshots[0].description])), warn: test.warn)
        #expect(summary.behind == ["c"])
        test.replicas[2].works()
        #expect(try await test.backUp(vault).replicas.allSatisfy(\.isWhole))
        #expect(try await scene.names("tombstones/").count == 1)
    }

    // MARK: - Undelete

    @Test(arguments: [false, true])
    func whatIsForgottenComesBack(withoutCatalog: Bool) async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        let tree = try test.tree(keys: vault.keys)
        try test.write(randomBytes(5000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 3)
        _ = try await test.prune(vault)
        let again = withoutCatalog ? try await test.openAnew() : vault
        let undeleted = try #require(try await again.undelete([first.short], warn: test.warn).first)
        #expect(undeleted.forgotten == first && undeleted.snapshot.time == first.time)
        try await scene.pruneToTheEnd(again)
        #expect(try await again.snapshots(warn: test.warn).map(\.id).contains(undeleted.snapshot))
        #expect(try await scene.names("snapshots/").count == 2)
        expectSame(try await test.restored(again, "Photos@\(undeleted.snapshot.short)"), tree)
        #expect(try await test.verify(again, level: .decrypt).replicas.allSatisfy { $0.counts.isEmpty })
    }

    @Test func whatAPruneHasBegunToDeleteDoesNot() async throws {
        let vault = try await test.open()
        let snapshots = try await twoSnapshots(vault)
        try await test.forget(vault, snapshots[0])
        scene.clock.advance(days: 8)
        for replica in test.replicas { replica.fault { $0.isDelete ? .accessDenied : nil } }
        _ = try await test.prune(vault)
        for replica in test.replicas { replica.works() }
        for machine in [vault, try await test.openAnew()] {
            let error = await #expect(throws: RetentionError.self) {
                try await machine.undelete([snapshots[0].short], warn: test.warn)
            }
            #expect(error?.code == .tooLate)
        }
        await #expect(throws: RetentionError.self) {
            try await vault.undelete([snapshots[1].short], warn: test.warn)
        }
        // What the later one has of it comes back.
        expectSame(try await test.restored(vault, "Photos"), try test.tree(keys: vault.keys))
    }
}

extension ForgetRequest {
    fileprivate var policy: RetentionPolicy {
        if case .policy(let policy, _) = choice { policy } else { RetentionPolicy() }
    }
}
