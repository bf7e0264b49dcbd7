import Crypto
import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What no replica has any more is named with the files it costs, and stored again while the source has it.
@Suite struct LostPackTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// A photo, a text, and a database with so many chunks that they are in lists.
    private func writeFiles() throws {
        try test.write(randomBytes(5000), to: "photos/a.jpg")
        try test.write("a text", to: "photos/c.txt")
        try test.write(randomBytes(257 * (256 << 10)), to: "photos/d.lrcat")
    }

    private func loseEverywhere(_ prefix: String) async throws {
        for replica in test.replicas { try await replica.lose(prefix) }
    }

    private var lostPaths: [String] {
        test.lostFiles.withLock { files in
            defer { files = [] }
            return files.map { String(decoding: $0.path.bytes, as: UTF8.self) }
        }
    }

    @Test func healNamesTheFilesAndTheNextRunStoresThemAgain() async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        try await loseEverywhere("packs/")
        let summary = try await test.heal(vault)
        #expect(summary.isDamaged)
        #expect(lostPaths == ["photos/a.jpg", "photos/c.txt", "photos/d.lrcat"])

        let again = try await test.backUp(vault)
        #expect(again.unreadable.isEmpty && again.filesUnmodified == 3 && again.bytesStored > 60_000_000)
        #expect(again.replicas.allSatisfy { $0.isWhole })
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        // The old snapshot stays damaged; the newest one costs nothing any more.
        #expect(try await test.heal(vault).isDamaged)
        #expect(lostPaths == [])
        #expect(try await test.backUp(vault).packsStored == 0)
    }

    @Test func aMachineWithoutCatalogNamesThemToo() async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        try await loseEverywhere("packs/")
        _ = try await test.heal(try await test.openAnew())
        #expect(lostPaths == ["photos/a.jpg", "photos/c.txt", "photos/d.lrcat"])
    }

    @Test func oneLostPackCostsOnlyItsFiles() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        try await test.backUp(vault)
        let first = try await test.replicas[0].names("packs/")
        try test.write(randomBytes(5000), to: "photos/2.jpg")
        try await test.backUp(vault)
        for key in first {
            for replica in test.replicas { try await replica.memory.delete(key) }
        }
        _ = try await test.verify(vault)
        let summary = try await test.backUp(vault)
        #expect(summary.filesUnmodified == 2)
        #expect(5000..<10_000 ~= summary.bytesStored)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func whatOnlyTheVaultHadIsNamedAndHoldsUpNothing() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "one/1.jpg")
        try test.write(randomBytes(5000), to: "two/2.jpg")
        _ = try await test.archive(vault, "one")
        try await loseEverywhere("packs/")
        _ = try await test.verify(vault)
        try test.remove("one")
        let summary = try await test.archive(vault, "two")
        #expect(summary.unreadable.map(\.path) == [EntryPath("one/1.jpg")])
        #expect(summary.unreadable[0].reason.contains("no replica has its content"))
        #expect(summary.filesTotal == 2 && summary.replicas.allSatisfy { $0.isWhole })
        // A replica that gets the snapshot later gets it too.
        for key in try await test.replicas[2].names("snapshots/") {
            try await test.replicas[2].memory.delete(key)
        }
        _ = try await test.heal(vault)
        #expect(try await test.replicas[2].names("snapshots/").count == 1)
    }

    @Test(arguments: [false, true])
    func lostPagesAreMadeAnew(withoutCatalog: Bool) async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        try await loseEverywhere("meta/")
        _ = try await test.verify(vault)
        let again = withoutCatalog ? try await test.openAnew() : vault
        _ = test.warnings()
        let summary = try await test.backUp(again)
        #expect(summary.unreadable.isEmpty && summary.replicas.allSatisfy { $0.isWhole })
        #expect(summary.filesNew == (withoutCatalog ? 3 : 0))
        #expect(test.warnings().contains { $0.why.contains("no replica has the list") } == withoutCatalog)
        expectSame(try await test.restored(again), try test.tree(keys: vault.keys))
    }

    @Test func anArchiveNamesWhatItCannotListAnyMore() async throws {
        let vault = try await test.open()
        try test.write("one", to: "one/1.txt")
        try test.write("two", to: "two/2.txt")
        _ = try await test.archive(vault, "one")
        try await loseEverywhere("meta/")
        let summary = try await test.archive(try await test.openAnew(), "two")
        #expect(summary.unreadable.map(\.path) == [EntryPath("one/1.txt")])
        #expect(summary.filesTotal == 1)
    }

    @Test func aLostSnapshotIsPassedOverForTheOneBefore() async throws {
        let (studio, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        try test.write("one", to: "one/1.txt")
        _ = try await test.archive(studio, "one")
        let before = try await test.replicas[0].names("snapshots/")
        try test.write("two", to: "two/2.txt")
        _ = try await test.archive(laptop, "two")
        _ = try await studio.snapshots(warn: test.warn)
        for key in try await test.replicas[0].names("snapshots/") where !before.contains(key) {
            for replica in test.replicas { try await replica.memory.delete(key) }
        }
        _ = test.warnings()
        let summary = try await test.archive(studio, "two")
        #expect(summary.filesTotal == 2)
        #expect(test.warnings().contains { $0.why.contains("the one before it takes its place") })
        expectSame(try await test.restored(studio, "Shoot"), try test.tree("one", "two", keys: studio.keys))
    }

    @Test func aPageThatIsOnlyOutOfReachIsNoReasonToGoOnWithoutIt() async throws {
        let vault = try await test.open()
        try test.write("one", to: "one/1.txt")
        _ = try await test.archive(vault, "one")
        for replica in test.replicas.prefix(2) { try await replica.lose("meta/") }
        test.replicas[2].fault { $0.get?.rawValue.hasPrefix("meta/") ?? false ? .timedOut : nil }
        let again = try await test.openAnew()
        try test.write("two", to: "two/2.txt")
        await #expect(throws: ReplicaSetError.self) { try await test.archive(again, "two") }
    }

    @Test func oneLostPackHoldsUpNoSnapshotThatDoesNotNeedIt() async throws {
        let vault = try await test.open()
        let late = test.replicas[2]
        late.fault { _ in .connectionFailed }
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        try await test.backUp(vault)
        let lost = try await test.replicas[0].names("packs/")
        try test.remove("photos/1.jpg")
        try test.write(randomBytes(5000), to: "photos/2.jpg")
        try await test.backUp(vault)
        for key in lost {
            for replica in test.replicas.prefix(2) { try await replica.memory.delete(key) }
        }
        late.works()
        let summary = try await test.heal(vault)
        #expect(summary.isDamaged)
        let snapshots = try await test.replicas[0].names("snapshots/")
        #expect(snapshots.count == 2)
        #expect(try await late.names("snapshots/") == [snapshots[1]])
        #expect(try await late.names("inventory/").count == 2)
        late.expectCommitOrder()
        for replica in test.replicas.prefix(2) { replica.fault { _ in .connectionFailed } }
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }
}
