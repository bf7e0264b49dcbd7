import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Inventories that no replica has any more, on a machine that does not remember them either: the packs in them are
/// there and needed, and nothing names them.
@Suite struct LostInventoryTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// A photo in an archive, and a database with so many chunks that they are in lists; then no inventories.
    private func storeAndLoseInventories() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "shoot/1.raw")
        _ = try await test.archive(vault, "shoot")
        try test.write(randomBytes(257 * (256 << 10)), to: "photos/d.lrcat")
        try await test.backUp(vault)
        for replica in test.replicas { try await replica.lose("inventory/") }
    }

    @Test func theNextRunsNameTheirPacksAgain() async throws {
        try await storeAndLoseInventories()
        let vault = try await test.openAnew()
        try test.write(randomBytes(5000), to: "shoot/2.raw")
        for summary in [try await test.archive(vault, "shoot"), try await test.backUp(vault)] {
            #expect(summary.unreadable.isEmpty && summary.replicas.allSatisfy { $0.isWhole })
            #expect(summary.filesNew == (summary.collection == "Shoot" ? 1 : 0))
        }
        let packs = try await test.replicas[0].names("packs/") + test.replicas[0].names("meta/")
        let laptop = try await test.open(on: "laptop")
        _ = try await laptop.snapshots(warn: test.warn)
        for pack in packs {
            let digest = try #require(ObjectName(pack)?.packDigest)
            #expect(try laptop.catalog.isConfirmed(digest, by: laptop.catalogReplicas[0]), "\(pack)")
        }
        // So that a loss is seen, and healed, by whoever has never heard of them.
        try await test.replicas[1].lose("packs/")
        #expect(try await test.verify(laptop).replicas[1].counts[.missing] == packs.count { $0.isContent })
        _ = try await test.heal(laptop)
        #expect(try await test.replicas[1].names("packs/") == packs.filter(\.isContent))
        expectSame(try await test.restored(laptop), try test.tree(keys: vault.keys))
        expectSame(try await test.restored(laptop, "Shoot"), try test.tree("shoot", keys: vault.keys))
    }

    @Test(arguments: [false, true])
    func whatIsLostWithThemIsStoredAnewOrNamed(isSourceGone: Bool) async throws {
        try await storeAndLoseInventories()
        for replica in test.replicas { try await replica.lose("packs/") }
        let vault = try await test.openAnew()
        if isSourceGone { try test.remove("shoot/1.raw") }
        try test.write(randomBytes(5000), to: "shoot/2.raw")
        let summary = try await test.archive(vault, "shoot")
        #expect(summary.filesTotal == 2 && summary.replicas.allSatisfy { $0.isWhole })
        #expect(summary.unreadable.map(\.path) == (isSourceGone ? [EntryPath("shoot/1.raw")] : []))
        _ = try await test.backUp(vault)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        guard !isSourceGone else { return }
        expectSame(try await test.restored(vault, "Shoot"), try test.tree("shoot", keys: vault.keys))
    }

    @Test func aReplicaThatHasOneOfThemCutIsGivenIt() async throws {
        try await storeAndLoseInventories()
        for key in try await test.replicas[2].names("packs/") {
            try await test.replicas[2].plant(key, Array(try await test.replicas[2].bytes(key).dropLast()))
        }
        let vault = try await test.openAnew()
        #expect(try await test.archive(vault, "shoot").replicas.allSatisfy { $0.isWhole })
        #expect(try await test.backUp(vault).replicas.allSatisfy { $0.isWhole })
        try await test.expectAlike()
    }

    @Test func aSizeThatOneReplicaAloneShowsIsProved() async throws {
        try await storeAndLoseInventories()
        for (place, replica) in test.replicas.prefix(2).enumerated() {
            for key in try await replica.names("packs/") {
                try await replica.plant(key, Array(try await replica.bytes(key).dropLast(1 + place)))
            }
        }
        let vault = try await test.openAnew()
        let summary = try await test.archive(vault, "shoot")
        // Only one has it right: a second one is given it, for the quorum.
        #expect(summary.replicas.count { $0.isWhole } >= 2)
        let holdings = try await Holdings(of: test.replicas, without: nil)
        let needed = try await test.newest(vault, of: "Shoot").pages
        let entries = try await vault.readPage(try #require(needed.first))
        for pack in Set(entries.flatMap(\.content).map(\.pack)) {
            #expect(holdings.intact.count { $0.contains(ObjectName.pack(pack).key) } >= 2)
        }
        expectSame(try await test.restored(vault, "Shoot"), try test.tree("shoot", keys: vault.keys))
    }

    @Test func onlyOutOfReachIsNotLost() async throws {
        try await storeAndLoseInventories()
        for replica in test.replicas.prefix(2) { try await replica.lose("packs/") }
        test.replicas[2].fault {
            ($0.head ?? $0.get)?.rawValue.hasPrefix("packs/") ?? false ? .timedOut : nil
        }
        let vault = try await test.openAnew()
        await #expect(throws: ReplicaSetError.self) { try await test.archive(vault, "shoot") }
    }

    @Test func healSpreadsNoSnapshotWithoutThem() async throws {
        try await storeAndLoseInventories()
        let empty = test.replicas[2]
        try await empty.lose()
        let vault = try await test.openAnew()
        #expect(try await test.heal(vault).isDamaged)
        #expect(try await empty.names("snapshots/") == [])
        #expect(try await empty.names("packs/") == [])
        _ = try await test.archive(vault, "shoot")
        _ = try await test.backUp(vault)
        _ = try await test.heal(vault)
        #expect(try await empty.names("snapshots/") == test.replicas[0].names("snapshots/"))
        empty.expectCommitOrder()
    }
}

extension ObjectKey {
    fileprivate var isContent: Bool { rawValue.hasPrefix("packs/") }
}
