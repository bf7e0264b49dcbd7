import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What has a tombstone is neither relied on nor brought back.
@Suite struct FlowTombstoneTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// Two photos, a text, and a database with so many chunks that they are in lists.
    private func writeFiles() throws {
        try test.write(randomBytes(5000), to: "photos/a.jpg")
        try test.write(randomBytes(5000), to: "photos/folder/b.jpg")
        try test.write("a text", to: "photos/c.txt")
        try test.write(randomBytes(257 * (256 << 10)), to: "photos/d.lrcat")
    }

    /// Deletes what has a tombstone, as a prune does in the end, and expects that nothing is missed.
    private func expectRight(_ vault: OpenVault, without doomed: [ObjectKey]) async throws {
        try await test.plantTombstone(of: doomed, .deleting, by: vault)
        for replica in test.replicas {
            for key in doomed { try await replica.memory.delete(key) }
        }
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        let anew = try await test.openAnew()
        expectSame(try await test.restored(anew), try test.tree(keys: vault.keys))
        #expect(try await test.verify(anew, level: .read).replicas.allSatisfy { $0.counts.isEmpty })
        #expect(try await test.backUp(anew).replicas.allSatisfy { $0.isWhole && $0.packsMissing == 0 })
    }

    @Test(arguments: ["packs/", "meta/"], [false, true])
    func whatTheBaseNeedsIsSealedAnew(prefix: String, withoutCatalog: Bool) async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        let doomed = try await test.replicas[0].names(prefix)
        try await test.plantTombstone(of: doomed, by: vault)
        for replica in test.replicas { replica.forgetPuts() }
        let again = withoutCatalog ? try await test.openAnew() : vault
        let summary = try await test.backUp(again)
        #expect(summary.unreadable.isEmpty && summary.filesTotal == 4)
        #expect(Set(test.replicas[0].puts).isDisjoint(with: doomed))
        try await expectRight(again, without: doomed)
    }

    @Test func oneThatComesDuringTheRunIsSeenBeforeItsEnd() async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        let doomed = try await test.replicas[0].names("packs/")
        try test.write("more", to: "photos/more.txt")
        let snapshots = Counter()
        test.replicas[0].fault { [test] call in
            guard call.put?.rawValue.hasPrefix("snapshots/") ?? false, snapshots.next() == 1 else {
                return nil
            }
            try? await test.plantTombstone(of: doomed, by: vault)
            return nil
        }
        try await test.backUp(vault)
        test.replicas[0].works()
        #expect(try await test.replicas[0].names("snapshots/").count == 3)
        try await expectRight(vault, without: doomed)
    }

    @Test func contentOfAnotherMachineIsNotReliedOnEither() async throws {
        let (studio, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        try writeFiles()
        try await test.backUp(laptop)
        _ = try await test.backUp(studio)
        let doomed = try await test.replicas[0].names("packs/")
        try await test.plantTombstone(of: doomed, by: laptop)
        try await test.backUp(studio)
        try await test.backUp(laptop)
        try await expectRight(studio, without: doomed)
    }

    @Test func anArchiveKeepsWhatItsNeighboursLose() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "one/1.jpg")
        _ = try await test.archive(vault, "one")
        let kept = try test.tree("one", keys: vault.keys)
        let before = try await test.replicas[0].names("packs/")
        try test.write(randomBytes(5000), to: "two/2.jpg")
        _ = try await test.archive(vault, "two")
        let doomed = try await test.replicas[0].names("packs/").filter { !before.contains($0) }
        try await test.plantTombstone(of: doomed, by: vault)
        try test.remove("one")
        let summary = try await test.archive(vault, "two")
        #expect(summary.unreadable.isEmpty && summary.filesTotal == 2)
        for replica in test.replicas {
            for key in doomed { try await replica.memory.delete(key) }
        }
        expectSame(
            try await test.restored(vault, "Shoot"),
            kept.merging(try test.tree("two", keys: vault.keys)) { $1 })
    }

    @Test func whatOnlyTheVaultHadIsNamed() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "one/1.jpg")
        try test.write(randomBytes(5000), to: "two/2.jpg")
        _ = try await test.archive(vault, "one")
        try await test.plantTombstone(of: test.replicas[0].names("packs/"), by: vault)
        try test.remove("one")
        let summary = try await test.archive(vault, "two")
        #expect(summary.unreadable.map(\.path) == [EntryPath("one/1.jpg")])
        #expect(summary.filesTotal == 2)
    }

    @Test(arguments: [false, true])
    func aSnapshotWithATombstoneDoesNotComeBack(withoutCatalog: Bool) async throws {
        let vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        try await test.backUp(vault)
        let first = try test.tree(keys: vault.keys)
        try test.write("two", to: "photos/2.txt")
        try await test.backUp(vault)
        let doomed = try #require(try await test.replicas[0].names("snapshots/").last)
        try await test.plantTombstone(of: [doomed], by: vault)
        let again = withoutCatalog ? try await test.openAnew() : try await test.open()
        expectSame(try await test.listed(again), first)
        #expect(try await again.snapshots(warn: test.warn).count == 1)
        try test.write("three", to: "photos/3.txt")
        try await test.backUp(again)
        #expect(try await test.newest(again).parent != nil)
        #expect(try await test.newest(again).heads.count == 1)
        expectSame(try await test.restored(again), try test.tree(keys: again.keys))
        _ = try await test.heal(again)
        #expect(test.warnings() == [])
    }
}
