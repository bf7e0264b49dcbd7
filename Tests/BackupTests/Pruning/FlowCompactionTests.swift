import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Many small inventories become one, and nobody believes less or more than before.
@Suite struct FlowCompactionTests {
    let scene: PruneScene
    let vault: OpenVault
    var test: TestVault { scene.test }
    private static let prefix = ObjectName.inventoryPrefix

    /// Four inventories with packs, and another machine that knows them.
    init() async throws {
        scene = try await PruneScene()
        vault = try await scene.test.open()
        for number in 0..<4 {
            try scene.test.write(randomBytes(20_000), to: "photos/\(number).jpg")
            try await scene.test.backUp(vault)
        }
        try await scene.test.verify(try await scene.test.open(on: "laptop"))
    }

    /// Demands that machines with and without keys, old ones and new ones, find all of it whole.
    private func expectWhole(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let machines: [AuditedVault] = [
            vault, try await test.open(on: "laptop"), try await test.openAnew(on: "new"),
            try await test.audit(), try await test.audit(on: "auditor-\(UUID().uuidString)"),
        ]
        for machine in machines {
            let level: VerifyLevel = machine is OpenVault ? .decrypt : .read
            let verified = try await test.verify(machine, level: level)
            #expect(
                verified.replicas.allSatisfy { $0.counts.isEmpty }, "\(verified.replicas)",
                sourceLocation: sourceLocation)
            #expect(
                verified.objectCount == (try await liveCount()), "needs what is there",
                sourceLocation: sourceLocation)
        }
        expectSame(
            try await test.restored(try await test.openAnew(on: "new")), try test.tree(keys: vault.keys),
            sourceLocation: sourceLocation)
    }

    /// What a replica has, but for what waits to be deleted.
    private func liveCount() async throws -> Int {
        let marked = try vault.catalog.waitingTombstones().map(\.object)
        return try await Set(test.replicas[0].names()).subtracting(marked).count
    }

    @Test func oneTakesThePlaceOfMany() async throws {
        let before = try await scene.names(Self.prefix)
        #expect(before.count >= 4)
        _ = try await test.prune(vault, compacting: before.count + 1)
        #expect(try await scene.names(Self.prefix) == before)

        _ = try await test.prune(vault, compacting: before.count)
        let both = try await scene.names(Self.prefix)
        let new = try #require(both.subtracting(before).first)
        #expect(both.isSuperset(of: before) && both.count == before.count + 1)
        try await expectWhole()
        scene.clock.advance(days: 6)
        _ = try await test.prune(vault, compacting: 2)
        #expect(try await scene.names(Self.prefix) == both)

        scene.clock.advance(days: 2)
        _ = try await test.prune(try await test.open(on: "laptop"), compacting: 2)
        #expect(try await scene.names(Self.prefix) == [new])
        try await expectWhole()
        #expect(try await test.heal(vault).replicas.allSatisfy { $0.healedCount == 0 })
        #expect(try await scene.names(Self.prefix) == [new])

        // Runs go on, and the next compaction takes the first one in.
        try test.write(randomBytes(20_000), to: "photos/more.jpg")
        let summary = try await test.backUp(vault)
        #expect(summary.filesNew == 1 && summary.filesUnmodified == 4)
        _ = try await test.prune(vault, compacting: 2)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault, compacting: 2)
        let last = try await scene.names(Self.prefix)
        #expect(last.count == 1 && last != [new])
        try await expectWhole()
    }

    @Test(arguments: ["packs/", "meta/", "snapshots/", "collections/", "keyring/"])
    func whatIsLostFromAllThreeIsStillMissed(prefix: String) async throws {
        _ = try await test.prune(vault, compacting: 2)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault, compacting: 2)
        let lost = try #require(try await test.replicas[0].names(prefix).first)
        _ = try await test.audit(on: "known")
        for replica in test.replicas { try await replica.memory.delete(lost) }
        var machines: [AuditedVault] = [try await test.audit(on: "known", signingKey: vault.signingKey)]
        if prefix != "keyring/" {
            machines += [try await test.open(on: "laptop"), try await test.openAnew(on: "new")]
        }
        for machine in machines {
            let found = try await test.discrepancies(machine).filter { $0.key == lost }
            #expect(Set(found.map(\.replica)) == [0, 1, 2])
            #expect(found.allSatisfy { $0.kind == .missing || $0.kind == .stale }, "\(found)")
        }
    }

    /// On a machine that has read everything but a few packs, which an inventory that it learns later has in it too.
    @Test func nothingIsSaidToBeVerifiedThatWasNot() async throws {
        let laptop = try await test.open(on: "laptop")
        let digests = try await scene.names("").compactMap { key in
            ObjectName(key)?.digest.map { (key: key, digest: $0) }
        }
        // A part that holds nothing but packs.
        let (part, count) = try #require(
            (8...200).lazy.flatMap { count in (1...count).map { ($0, count) } }.first { part, count in
                let inPart = digests.filter {
                    VerifySample.part(number: part, count: count).contains($0.digest)
                }
                return !inPart.isEmpty && inPart.allSatisfy { ObjectName($0.key)?.packDigest != nil }
            })
        for other in 1...count where other != part {
            try await test.verify(laptop, level: .read, sample: .part(number: other, count: count))
        }
        func coverage() async throws -> [UTCTime?] {
            try await test.access(on: "laptop").status().replicas.map { $0.verified[.read] }
        }
        #expect(try await coverage() == [nil, nil, nil])
        _ = try await test.prune(vault, compacting: 2)
        for _ in 0..<2 {
            try await test.verify(laptop, level: .read, sample: .part(number: part % count + 1, count: count))
        }
        #expect(try await coverage() == [nil, nil, nil])
        try await test.verify(laptop, level: .read, sample: .part(number: part, count: count))
        #expect(try await coverage().allSatisfy { $0 != nil })
    }

    @Test func anInventoryWhosePacksNoOtherHasIsNeverDeleted() async throws {
        let before = try await scene.names(Self.prefix)
        try await test.plantTombstone(of: before.sorted(), .marked, by: vault)
        scene.clock.advance(days: 8)
        for machine in [vault, try await test.open(on: "laptop"), try await test.openAnew(on: "new")] {
            let summary = try await test.prune(machine, compacting: 2)
            #expect(summary.due.count == 0 && summary.stillNeeded.count >= 4)
        }
        #expect(try await scene.names(Self.prefix).isSuperset(of: before))
    }

    @Test func whileAReplicaLacksSomethingNothingIsCompacted() async throws {
        let before = try await scene.names(Self.prefix)
        let pack = try #require(try await test.replicas[1].names("packs/").first)
        try await test.replicas[1].memory.delete(pack)
        #expect(try await test.verify(vault).isDamaged)
        _ = try await test.prune(vault, compacting: 2)
        #expect(try await scene.names(Self.prefix) == before)
        _ = try await test.heal(vault)
        _ = try await test.prune(vault, compacting: 2)
        #expect(try await scene.names(Self.prefix).count == before.count + 1)
    }

    @Test func oneThatARefusingReplicaDoesNotTakeReplacesNothing() async throws {
        let before = Set(try await test.replicas[0].names(Self.prefix))
        test.replicas[2].fault { $0.put?.rawValue.hasPrefix(Self.prefix) ?? false ? .timedOut : nil }
        _ = try await test.prune(vault, compacting: 2)
        test.replicas[2].works()
        #expect(try vault.catalog.waitingTombstones().isEmpty)
        #expect(try await test.heal(vault).replicas[2].healedCount == 1)
        #expect(Set(try await test.replicas[2].names(Self.prefix)).isSuperset(of: before))
        try await expectWhole()
    }
}
