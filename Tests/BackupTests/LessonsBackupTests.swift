import Crypto
import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What lost data in other tools, as far as writing, committing, catching up and healing go. Named by their reports.
@Suite struct LessonsBackupTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// An upload failure went unreported.
    @Test(arguments: ["packs/", "meta/", "inventory/", "snapshots/"])
    func rustic249AFailedUploadIsReported(prefix: String) async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        for replica in test.replicas.dropFirst() {
            replica.fault { $0.put?.rawValue.hasPrefix(prefix) ?? false ? .serverFailed : nil }
        }
        let error = try #require(await #expect(throws: QuorumError.self) { try await test.backUp(vault) })
        #expect(error.description.contains("b: as the test wants it; c: as the test wants it"))
        #expect(try await test.replicas[1].names("snapshots/").isEmpty)
        // As its hints say.
        for replica in test.replicas { replica.works() }
        _ = try await test.heal(vault)
        #expect(try await test.backUp(vault).replicas.allSatisfy { !$0.isBehind })
    }

    /// After a partial failure, later runs said that all was well with one replica short.
    @Test func rclone9647AReplicaThatIsShortIsToldInEveryRun() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        test.replicas[2].fault { $0.put?.rawValue.hasPrefix("packs/") ?? false ? .serverFailed : nil }
        for _ in 0..<3 {
            // Nothing is new after the first run, and it is told all the same.
            #expect(try await test.backUp(vault).replicas.map(\.isBehind) == [false, false, true])
            #expect(try await test.access().status().isBehind)
        }
        test.replicas[2].works()
        #expect(try await test.backUp(vault).replicas.allSatisfy { !$0.isBehind })
        #expect(try await !test.access().status().isBehind)
    }

    /// A compaction wrote an incomplete index set.
    @Test func kopia5371ASnapshotListsAllThatIsThere() async throws {
        let vault = try await test.open()
        for number in 0..<3000 { try test.write("\(number)", to: "photos/\(number % 7)/\(number).txt") }
        try await test.backUp(vault)
        try test.remove("photos/3/10.txt")
        try test.write("other", to: "photos/5/12.txt")
        let summary = try await test.backUp(vault)
        let newest = try await test.newest(vault)
        #expect(newest.pages.count > 1 && summary.filesTotal == 2999)
        #expect(
            newest.pages.map(\.entryCount).reduce(0, +)
                == newest.fileCount + newest.directoryCount + newest.linkCount)
        expectSame(try await test.listed(vault), try test.tree(keys: vault.keys))
    }

    /// A stale index: later runs said all was well, and restores gave zeros.
    @Test func borg9748AMemoryOfWhatIsGoneRestoresNoZeros() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        try await test.backUp(vault)
        for replica in test.replicas { try await replica.lose("packs/") }
        let failed = Mutex(0)
        let counts = try await vault.restore(
            RestoreRequest(
                snapshot: SnapshotSelection("Photos"), destination: test.scratch("restored")),
            progress: RunProgress(replicaCount: 3), notify: { _ in failed.withLock { $0 += 1 } },
            warn: test.warn)
        #expect(counts.filesFailed == 1 && counts.filesRestored == 0 && failed.withLock(\.self) > 0)
        #expect(!FileManager.default.fileExists(atPath: test.scratch("restored/photos/1.jpg")))
        #expect(try await test.verify(vault).isDamaged)
        #expect(try await test.backUp(vault).bytesStored > 5000)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    /// An empty source wiped the destination.
    @Test func rclone1186AVanishedSourceTakesNothingAway() async throws {
        let vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        try await test.backUp(vault)
        let before = try await test.listed(vault)
        try test.remove("photos")
        await #expect(throws: SourceError.self) { try await test.backUp(vault) }
        expectSame(try await test.listed(vault), before)
        #expect(try await test.replicas[0].names("snapshots/").count == 1)
    }

    /// Corruption at the moment of writing.
    @Test func immich28207WhatWasAlteredOnItsWayIsFoundAndHealed() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        try await test.backUp(vault)
        let key = try #require(try await test.replicas[1].names("packs/").first)
        var bytes = try await test.replicas[1].bytes(key)
        bytes[bytes.count / 2] ^= 1
        try await test.replicas[1].plant(key, bytes)
        #expect(try await test.verify(vault, level: .read).replicas[1].counts[.corrupt] == 1)
        #expect(try await test.backUp(vault).replicas.map(\.isBehind) == [false, true, false])
        #expect(try await !test.heal(vault).isDamaged)
        #expect(try await test.replicas[1].bytes(key) == test.replicas[0].bytes(key))
    }

    /// Rebuilding the local database took ten days: it read all content.
    @Test func duplicati4041TheCatalogIsRebuiltWithoutContent() async throws {
        let vault = try await test.open()
        for number in 0..<10 { try test.write(randomBytes(5000), to: "photos/\(number).jpg") }
        try await test.backUp(vault)
        for replica in test.replicas {
            replica.fault { $0.get?.rawValue.hasPrefix("packs/") ?? false ? .serverFailed : nil }
        }
        let summary = try await test.backUp(try await test.openAnew())
        #expect(summary.filesUnmodified == 10 && summary.bytesStored == 0)
    }

    /// Locks that could not be refreshed or removed: there are none in a replica.
    @Test func restic2473AKilledRunLeavesNothingThatStopsAnother() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(5000), to: "photos/1.jpg")
        for replica in test.replicas {
            replica.fault { $0.put?.rawValue.hasPrefix("snapshots/") ?? false ? .serverFailed : nil }
        }
        await #expect(throws: QuorumError.self) { try await test.backUp(vault) }
        for replica in test.replicas {
            replica.works()
            let names = try await replica.names()
            #expect(names.allSatisfy { ObjectName($0) != nil })
        }
        let other = try await test.open(on: "laptop")
        #expect(try await test.backUp(other).replicas.allSatisfy { $0.isWhole })
    }

    /// The same for deletions: one that is there no more counts as deleted.
    @Test func restic2452DeletingWhatIsGoneSucceeds() async throws {
        let key = ObjectName.pack(SHA256.hash([1])).key
        for replica in test.replicas { try await replica.store.delete(key) }
    }
}
