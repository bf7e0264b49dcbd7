import Crypto
import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A run of hours commits what it has from time to time, so that a run that is killed has not been for nothing.
@Suite(.serialized) struct CheckpointTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    private func backUp(
        _ vault: OpenVault, _ schedule: CheckpointSchedule, rules: ScanRules = .backup,
        as collection: String = "Photos"
    ) async throws -> BackupSummary {
        vault.replicas.beginPhase()
        var request = BackupRequest(
            collection: collection, sources: [SourceRoot(path: test.source())], rules: rules)
        request.checkpoints = schedule
        return try await vault.backUp(request, progress: RunProgress(replicaCount: 3), warn: test.warn)
    }

    /// Photos of 4 MiB; four fill a pack. All of them are more packs than there is memory for, so that some are stored
    /// while others are still to be read.
    private func writePhotos(_ range: Range<Int> = 0..<40) throws {
        for number in range {
            try test.write(randomBytes(4 << 20), to: "photos/\(10 + number).jpg")
        }
    }

    /// A run that makes one checkpoint in its middle, and commits nothing after that: as one that is killed.
    private func runAndEndAfterCheckpoint(_ vault: OpenVault, rules: ScanRules = .backup) async throws {
        let packs = Counter()
        let hours = Mutex(0)
        for replica in test.replicas {
            let (inventories, snapshots) = (Counter(), Counter())
            replica.fault { call in
                guard let name = call.put?.rawValue else { return nil }
                if name.hasPrefix("packs/"), packs.next() > 3 { hours.withLock { $0 = 1 } }
                let isLate =
                    name.hasPrefix("inventory/") && inventories.next() > 1
                    || name.hasPrefix("snapshots/") && snapshots.next() > 1
                return isLate ? .outOfSpace : nil
            }
        }
        let start = ContinuousClock.now
        let schedule = CheckpointSchedule(now: { start + .seconds(3600 * hours.withLock(\.self)) })
        await #expect(throws: QuorumError.self) { try await backUp(vault, schedule, rules: rules) }
        for replica in test.replicas {
            replica.works()
            replica.expectCommitOrder()
        }
    }

    /// What a prune has left of a run that never ended is told, and goes as the hint says.
    @Test func whatIsLeftOfARunThatNeverEndedIsForgotten() async throws {
        try writePhotos()
        let vault = try await test.open()
        try await runAndEndAfterCheckpoint(vault)
        let checkpoint = try #require(try await vault.snapshots(warn: test.warn).last)
        let lists = try await test.replicas[0].names("meta/")
        try await test.plantTombstone(of: lists, .deleting, by: vault)
        for replica in test.replicas { try await replica.lose("meta/") }
        let other = try await test.openAnew()
        #expect(try await test.prune(other).unfinished == [checkpoint.id])
        try await test.forget(other, checkpoint.id)
        #expect(try await test.prune(other).unfinished == [])
    }

    @Test func aKilledRunWithoutItsCatalogSendsNothingAgainThatACheckpointHas() async throws {
        try writePhotos()
        try await runAndEndAfterCheckpoint(try await test.open())
        let again = try await test.openAnew()
        let checkpoint = try #require(try await again.snapshots(warn: test.warn).last)
        #expect(checkpoint.isCheckpoint && checkpoint.fileCount > 0 && checkpoint.fileCount < 40)
        #expect(checkpoint.byteCount == UInt64(checkpoint.fileCount) * 4 << 20)
        // The newest there is can be restored, and says what it is.
        let restored = try await test.restored(again)
        let files = restored.values.count { if case .file = $0 { true } else { false } }
        #expect(files == checkpoint.fileCount)
        #expect(test.warnings().contains { $0.why.contains("no run has come to its end") })

        for replica in test.replicas { replica.forgetPuts() }
        let summary = try await test.backUp(again)
        #expect(summary.filesUnmodified >= checkpoint.fileCount)
        #expect(summary.bytesRead <= (40 - checkpoint.fileCount) * 4 << 20)
        #expect(summary.bytesStored < (40 - checkpoint.fileCount) * (4 << 20) + 1_000_000)
        let newest = try await test.newest(again)
        #expect(!newest.isCheckpoint && newest.fileCount == 40 && newest.parent == checkpoint.id)
        expectSame(try await test.restored(again), try test.tree(keys: again.keys))
        #expect(try await !test.verify(again, level: .decrypt).isDamaged)
    }

    @Test(arguments: [ScanRules.backup, .archive])
    func nothingThatTheBaseHadIsMissingFromACheckpoint(rules: ScanRules) async throws {
        let vault = try await test.open()
        try test.write("first", to: "photos/00.txt")
        try test.write("last", to: "photos/zz.txt")
        try test.write("last", to: "photos/zz/folder.txt")
        try await test.backUp(vault, rules: rules)
        let base = try await test.newest(vault)
        try writePhotos()
        if rules.keepsAbsent { try test.remove("photos/zz.txt") }
        try await runAndEndAfterCheckpoint(vault, rules: rules)
        let checkpoint = try #require(try await vault.snapshots(warn: test.warn).last)
        #expect(checkpoint.isCheckpoint)
        let listed = try await test.listed(vault, "Photos@\(checkpoint.id)")
        for name in ["photos/00.txt", "photos/zz.txt", "photos/zz/folder.txt"] {
            #expect(listed[name] != nil, "\(name) is missing")
        }
        #expect(listed.count > base.pages.map(\.entryCount).reduce(0, +))
        // Whoever asks for the newest gets the one that is whole.
        #expect(try await test.newest(vault).pages == base.pages)

        // The next run goes on from the checkpoint.
        try await test.backUp(vault, rules: rules)
        let after = try await test.listed(vault)
        #expect(after.count == 45 && after["photos/zz.txt"] != nil)
        #expect(try await test.newest(vault).parent == checkpoint.id)
    }

    @Test func aRunThatIsNotLongMakesNone() async throws {
        let vault = try await test.open()
        try writePhotos(0..<20)
        try await test.backUp(vault)
        #expect(try await test.replicas[0].names("snapshots/").count == 1)
        #expect(try await test.replicas[0].names("inventory/").count == 1)
    }

    @Test func oneIsDueWhenTheIntervalIsOver() {
        let start = ContinuousClock.now
        let hours = Mutex(0)
        let schedule = CheckpointSchedule(now: { start + .seconds(3600 * hours.withLock(\.self)) })
        #expect(!schedule.takeDue())
        hours.withLock { $0 = 1 }
        #expect(schedule.takeDue())
        #expect(!schedule.takeDue())
        hours.withLock { $0 = 3 }
        #expect(schedule.takeDue())
        #expect(!schedule.takeDue())
    }

    @Test func aRunWithManyCheckpointsEndsAsOneWithout() async throws {
        let vault = try await test.open()
        try writePhotos()
        try test.write(randomBytes(257 * (256 << 10)), to: "photos/30.lrcat")
        let summary = try await backUp(vault, CheckpointSchedule(every: .zero))
        #expect(summary.filesNew == 41 && summary.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        let snapshots = try await vault.snapshots(warn: test.warn)
        #expect(
            snapshots.count > 1 && snapshots.map(\.isCheckpoint).firstIndex(of: false) == snapshots.count - 1)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        for checkpoint in snapshots.dropLast() {
            let listed = try await test.listed(vault, "Photos@\(checkpoint.id)")
            #expect(listed.count >= checkpoint.fileCount)
        }
        #expect(try await test.verify(vault, level: .decrypt).replicas.allSatisfy { $0.counts.isEmpty })
        #expect(try await test.backUp(vault).filesUnmodified == 41)
        let anew = try await test.openAnew()
        #expect(try await test.backUp(anew).packsStored == 0)
    }

    @Test func aCheckpointThatTooFewCanTakeDoesNotEndTheRun() async throws {
        let vault = try await test.open()
        try writePhotos()
        let inventories = Counter()
        for replica in test.replicas {
            replica.fault { call in
                guard call.put?.rawValue.hasPrefix("inventory/") ?? false else { return nil }
                return inventories.next() <= 3 ? .timedOut : nil
            }
        }
        let summary = try await backUp(vault, CheckpointSchedule(every: .zero))
        #expect(summary.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }
}
