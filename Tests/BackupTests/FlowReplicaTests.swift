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

    private func expectAlike(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let names = try await test.replicas[0].names()
        for replica in test.replicas.dropFirst() {
            #expect(try await replica.names() == names, sourceLocation: sourceLocation)
            for name in names {
                #expect(
                    try await replica.bytes(name) == test.replicas[0].bytes(name),
                    sourceLocation: sourceLocation)
            }
        }
    }

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
        try expectCommitOrder(replica, of: vault)
        #expect(try await test.access().status().isBehind)

        replica.works()
        replica.forgetPuts()
        let healed = try await test.heal(vault)
        #expect(!healed.isBehind && !healed.isDamaged)
        try expectCommitOrder(replica, of: vault)
        #expect(replica.puts.map(rank) == replica.puts.map(rank).sorted())
        try await expectAlike()
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
        let summaries = try await backUpTwice(vault)
        #expect(!summaries[0].replicas[2].isWhole)
        try expectCommitOrder(replica, of: vault)
        let second = summaries[1].replicas[2]
        #expect(second.isBehind)
        _ = try await test.heal(vault)
        try await expectAlike()
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
        try await expectAlike()
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
        #expect(replica.puts.map(rank).max() == rank(ObjectKey("snapshots/x")!))
        try expectCommitOrder(replica, of: vault)
        try await expectAlike()
    }

    @Test func healPutsNothingThatHasATombstone() async throws {
        let vault = try await test.open()
        _ = try await backUpTwice(vault)
        let names = try await test.replicas[0].names("snapshots/")
        let pack = try #require(try await test.replicas[0].names("packs/").first)
        let doomed = [names[0], pack]
        try await test.plantTombstone(of: doomed, by: vault)
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
        #expect(!summary.replicas[2].isWhole)
        try expectCommitOrder(test.replicas[2], of: vault)
    }

    /// Where a name comes in the order in which a replica is filled.
    private func rank(_ key: ObjectKey) -> Int {
        let order = [
            "README", "keyring/", "collections/", "tombstones/", "meta/", "packs/", "inventory/",
            "snapshots/",
        ]
        let place = order.firstIndex { key.rawValue.hasPrefix($0) } ?? -1
        return [0, 1, 1, 1, 2, 3, 4, 5][place]
    }

    /// Every snapshot that was put came after an inventory of its packs, and after the packs.
    private func expectCommitOrder(
        _ replica: TestReplica, of vault: OpenVault, _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var there: Set<ObjectKey> = []
        for key in replica.allPuts {
            there.insert(key)
            guard key.rawValue.hasPrefix("snapshots/") else { continue }
            for prefix in ["packs/", "meta/", "inventory/"] {
                #expect(
                    there.contains { $0.rawValue.hasPrefix(prefix) }, "\(key) without \(prefix)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}

extension TestVault {
    /// A tombstone on all replicas, as a prune on another machine leaves it.
    func plantTombstone(of objects: [ObjectKey], by vault: OpenVault, at time: UTCTime = .now()) async throws
    {
        let (name, bytes) = Tombstone(vault: vault.id, created: time, objects: objects, state: .marked)
            .sealed(by: vault.keyring.signingKey)
        for replica in replicas { try await replica.plant(name.key, bytes) }
    }
}
