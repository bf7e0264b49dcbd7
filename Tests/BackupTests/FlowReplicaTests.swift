import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Each replica is committed by itself, in order; one that missed something says so until it is healed.
@Suite struct FlowReplicaTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// Backs up twice, with another file each time.
    private func backUpTwice(_ vault: OpenVault) async throws -> [BackupSummary] {
        var summaries: [BackupSummary] = []
        for number in 0..<2 {
            try test.write(randomBytes(5000), to: "photos/\(number).jpg")
            summaries.append(try await test.backUp(vault))
        }
        return summaries
    }

    @Test(arguments: 1...9)
    func aReplicaThatFailsFromSomePutOnIsBehindUntilItIsHealed(firstFailure: Int) async throws {
        let vault = try await test.open()
        let (replica, puts) = (test.replicas[1], Counter())
        replica.fault { call in
            call.put != nil && puts.next() >= firstFailure ? .connectionFailed : nil
        }
        let last = try await backUpTwice(vault)[1].replicas[1]
        #expect(!last.isWhole && last.failure == "as the test wants it")
        #expect(try await replica.names("snapshots/").count < test.replicas[0].names("snapshots/").count)
        replica.expectCommitOrder()
        #expect(try await test.access().status().isBehind)

        replica.works()
        replica.forgetPuts()
        let healed = try await test.heal(vault)
        #expect(!healed.isBehind && !healed.isDamaged)
        replica.expectCommitOrder()
        #expect(replica.puts.map(\.commitRank) == replica.puts.map(\.commitRank).sorted())
        try await test.expectAlike()
        #expect(try await !test.access().status().isBehind)
        #expect(try await test.backUp(vault).replicas.allSatisfy { $0.isWhole && $0.packsMissing == 0 })
    }

    @Test(arguments: ["collections/", "packs/", "meta/", "inventory/", "snapshots/"])
    func aReplicaThatMissedOneKindOnceGetsNoSnapshotBeforeIt(prefix: String) async throws {
        let vault = try await test.open()
        let (replica, failures) = (test.replicas[2], Counter())
        replica.fault { call in
            guard call.put?.rawValue.hasPrefix(prefix) ?? false, failures.next() == 1 else { return nil }
            return .timedOut
        }
        // It is tried again at the end of the run.
        for summary in try await backUpTwice(vault) {
            #expect(summary.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        }
        replica.expectCommitOrder()
        try await test.expectAlike()
    }

    @Test(arguments: [1, 4])
    func healKeepsTheOrderWhereAPutFails(level: Int) async throws {
        let vault = try await test.open()
        _ = try await backUpTwice(vault)
        for prefix in ["keyring/", "collections/", "packs/", "meta/", "inventory/"] {
            let replica = test.replicas[1]
            try await replica.lose()
            replica.forgetPuts()
            replica.fault { $0.put?.rawValue.hasPrefix(prefix) ?? false ? .timedOut : nil }
            let summary = try await test.heal(vault)
            #expect(summary.isBehind || summary.isDamaged)
            #expect(
                replica.puts.filter { $0.rawValue.hasPrefix("snapshots/") } == [],
                "a snapshot without its \(prefix)")
            replica.works()
        }
        _ = try await test.heal(vault)
        try await test.expectAlike()
    }

    @Test func aReplicaThatLostEverythingGetsNoSnapshotBeforeItsPacks() async throws {
        let vault = try await test.open()
        _ = try await backUpTwice(vault)
        let replica = test.replicas[1]
        try await replica.lose()
        replica.forgetPuts()
        try test.write("more", to: "photos/more.txt")
        let summary = try await test.backUp(vault)
        #expect(!summary.replicas[1].isWhole && summary.replicas[1].packsMissing > 0)
        #expect(replica.puts.allSatisfy { !$0.rawValue.hasPrefix("snapshots/") })
        _ = try await test.heal(vault)
        #expect(replica.puts.map(\.commitRank).max() == ObjectKey("snapshots/x")!.commitRank)
        replica.expectCommitOrder()
        try await test.expectAlike()
    }

    @Test func healPutsNothingThatHasATombstone() async throws {
        let vault = try await test.open()
        _ = try await backUpTwice(vault)
        let names = try await test.replicas[0].names("snapshots/")
        let pack = try #require(try await test.replicas[0].names("packs/").first)
        let doomed = [names[0], pack]
        try await test.plantTombstone(of: doomed, .deleting, by: vault)
        for name in doomed { try await test.replicas[1].memory.delete(name) }
        test.replicas[1].forgetPuts()
        let summary = try await test.heal(vault)
        #expect(!summary.isBehind && !summary.isDamaged)
        #expect(Set(test.replicas[1].puts).isDisjoint(with: doomed))
        // Who has never seen it there misses nothing either.
        let anew = try await test.openAnew()
        try await test.replicas[1].memory.delete(pack)
        #expect(try await test.backUp(anew).replicas.allSatisfy { $0.packsMissing == 0 })
    }

    @Test func aRunBesideAVerificationIsNotTakenForVerified() async throws {
        let (vault, beside) = (try await test.open(), try await test.open())
        _ = try await backUpTwice(vault)
        try test.write(randomBytes(5000), to: "photos/beside.jpg")
        let gets = Counter()
        test.replicas[0].fault { [test] call in
            // Once, when the names have been compared and the objects are being read.
            guard call.get?.rawValue.hasPrefix("packs/") ?? false, gets.next() == 1 else { return nil }
            test.replicas[2].fault { $0.put == nil ? nil : .connectionFailed }
            _ = try? await test.backUp(beside)
            test.replicas[2].works()
            return nil
        }
        _ = try await test.verify(vault, level: .read)
        #expect(try await test.replicas[0].names("snapshots/").count == 3)
        #expect(try await test.access().status().replicas[2].packsMissing > 0)
        let summary = try await test.backUp(vault)
        #expect(summary.replicas[2].isWhole)
        test.replicas[2].expectCommitOrder()
        try await test.expectAlike()
    }
}

extension TestVault {
    /// A tombstone on all replicas, as a prune on another machine leaves it.
    func plantTombstone(
        of objects: [ObjectKey], _ state: Tombstone.State = .marked, by vault: OpenVault,
        at time: UTCTime = .now()
    ) async throws {
        let (name, bytes) = Tombstone(vault: vault.id, created: time, objects: objects, state: state)
            .sealed(by: vault.keyring.signingKey)
        for replica in replicas { try await replica.plant(name.key, bytes) }
    }
}
