import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A replica that shows an older state, or leaves something out, is caught by whichever witness there is: this machine's
/// memory, what signed objects name, or the other replicas.
@Suite struct FlowFreshnessTests {
    /// A vault with three snapshots, and what the first replica held after each.
    struct History {
        let test: TestVault
        let vault: OpenVault
        var moments: [Set<ObjectKey>] = []
        var snapshots: [ObjectKey] = []

        init(
            replicaCount: Int, clock: @escaping @Sendable () -> Int64 = { 0 },
            beforeEach: (Int) -> Void = { _ in }
        )
            async throws
        {
            test = try await TestVault(replicaCount: replicaCount, clock: clock)
            vault = try await test.open()
            for number in 0..<3 {
                beforeEach(number)
                try test.write(randomBytes(3000), to: "photos/\(number).jpg")
                try await test.backUp(vault)
                moments.append(Set(try await test.replicas[0].names()))
            }
            snapshots = try await test.replicas[0].names("snapshots/")
        }

        /// The last replica shows what was there after the first snapshot: all of it, or of `prefix` alone.
        func rollBack(_ prefix: String = "") {
            test.replicas.last!.show(only: { [moment = moments[0]] in
                !$0.key.rawValue.hasPrefix(prefix) || moment.contains($0.key)
            })
        }

        /// What `verify` finds wrong with the last replica.
        func found(by vault: OpenVault) async throws -> [Discrepancy.Kind: Int] {
            try await test.verify(vault).replicas.last!.counts.filter { $0.value > 0 }
        }
    }

    // MARK: - Memory

    @Test(arguments: ["", "snapshots/"])
    func memoryCatchesARollBackOfTheOnlyReplica(prefix: String) async throws {
        let history = try await History(replicaCount: 1)
        history.rollBack(prefix)
        let status = try await history.test.access().status()
        #expect(status.isDamaged && status.replicas[0].objectsStale >= 2)
        let found = try await history.found(by: history.vault)
        #expect(found[.stale] == (prefix.isEmpty ? 4 : 2) && found[.behind] == nil)
        #expect(try await history.test.access().status().isDamaged)
    }

    @Test func memoryCatchesARollBackInABackup() async throws {
        let history = try await History(replicaCount: 3)
        history.rollBack()
        _ = history.test.warnings()
        try history.test.write("more", to: "photos/more.txt")
        let summary = try await history.test.backUp(history.vault)
        #expect(summary.replicas[2].isBehind && !summary.replicas[0].isBehind)
        #expect(history.test.warnings().contains { $0.what == "c" && $0.why.hasPrefix("stale: ") })
        #expect(try await history.test.verify(history.vault).isDamaged)
    }

    @Test func memoryCatchesARollBackInARestore() async throws {
        let history = try await History(replicaCount: 1)
        history.rollBack()
        _ = history.test.warnings()
        let found = try await history.vault.find(SnapshotSelection("Photos"), warn: history.test.warn)
        #expect(found.id == SnapshotID(history.snapshots[0]))
        #expect(found.passedOver == history.snapshots.dropFirst().compactMap { SnapshotID($0) })
        #expect(history.test.warnings().count { $0.why.hasPrefix("passed over: ") } == 2)
        // One that is asked for by its time or its hash is there.
        let meant = SnapshotSelection(collection: "Photos", snapshot: found.id.short)
        #expect(try await history.vault.find(meant, warn: history.test.warn).passedOver == [])
        let inTime = SnapshotSelection(collection: "Photos", notAfter: found.id.time)
        #expect(try await history.vault.find(inTime, warn: history.test.warn).passedOver == [])
    }

    @Test func whatIsShownAgainIsNotStale() async throws {
        let history = try await History(replicaCount: 3)
        history.rollBack()
        #expect(try await history.found(by: history.vault)[.stale] == 4)
        history.test.replicas[2].show(only: { _ in true })
        #expect(try await history.found(by: history.vault) == [:])
        let status = try await history.test.access().status()
        #expect(!status.isDamaged && !status.isBehind)
    }

    // MARK: - What signed objects name

    @Test func whatIsNamedIsMissedByANewMachineWithOneReplica() async throws {
        let history = try await History(replicaCount: 1)
        let second = history.moments[1].subtracting(history.moments[0])
        let inventory = try #require(second.first { $0.rawValue.hasPrefix("inventory/") })
        // Of a run that is hidden whole, its snapshot is named by the next, and the rest by nothing that is shown.
        for hidden in [[history.snapshots[1]], [inventory], [history.snapshots[1], inventory]] {
            history.test.replicas[0].hide(hidden)
            let anew = try await history.test.openAnew()
            #expect(try await history.found(by: anew)[.stale] == 1)
            #expect(try await history.test.access().status().replicas[0].objectsStale == 1)
        }
    }

    @Test func whatAllThreeLostAtOnceIsMissedByANewMachine() async throws {
        let history = try await History(replicaCount: 3)
        for replica in history.test.replicas { replica.hide([history.snapshots[1]]) }
        let summary = try await history.test.verify(try await history.test.openAnew())
        #expect(summary.isDamaged && summary.replicas.allSatisfy { $0.counts == [.stale: 1] })
    }

    @Test func aRestoreTellsOfASnapshotThatOthersName() async throws {
        let history = try await History(replicaCount: 1)
        let test = history.test
        try await test.backUp(history.vault, "photos", as: "Others")
        test.replicas[0].hide([history.snapshots[2]])
        let anew = try await test.openAnew()
        _ = test.warnings()
        let found = try await anew.find(SnapshotSelection("Photos"), warn: test.warn)
        #expect(found.id == SnapshotID(history.snapshots[1]))
        #expect(found.passedOver == [SnapshotID(history.snapshots[2])])
        #expect(test.warnings().count == 1)
        let lost = Mutex<[SnapshotID]>([])
        let listed = try await anew.snapshots(
            of: "Photos", warn: test.warn, onLost: { id in lost.withLock { $0.append(id) } })
        #expect(listed.count == 2 && lost.withLock { $0 } == [SnapshotID(history.snapshots[2])])
    }

    @Test func nothingShownIsNotTakenForNothingThere() async throws {
        let history = try await History(replicaCount: 1)
        try await history.test.backUp(history.vault, "photos", as: "Others")
        history.test.replicas[0].hide(history.snapshots)
        let anew = try await history.test.openAnew()
        await #expect {
            try await anew.find(SnapshotSelection("Photos"), warn: history.test.warn)
        } throws: {
            "\($0)".hasPrefix("no replica shows a snapshot of Photos, though there were")
        }
    }

    // MARK: - The other replicas

    @Test func theOthersShowWhatANewMachineMissesOnOne() async throws {
        let history = try await History(replicaCount: 3)
        let test = history.test
        // What a later object there names, it must have had.
        test.replicas[2].hide([history.snapshots[1]])
        #expect(try await history.found(by: test.openAnew()) == [.stale: 1])
        history.rollBack("snapshots/")
        #expect(try await history.found(by: test.openAnew()) == [.stale: 1, .behind: 1])
        // It cannot be told from one that was away; but it is not whole.
        test.replicas[2].hide([history.snapshots[2]])
        #expect(try await history.found(by: test.openAnew()) == [.behind: 1])
        history.rollBack()
        let anew = try await test.openAnew()
        let found = try await history.found(by: anew)
        #expect(found[.behind] ?? 0 >= 4 && found[.stale] == nil)
        #expect(try await test.access().status().isBehind)
        #expect(try await test.verify(anew).isBehind)
        expectSame(try await test.restored(anew), try test.tree(keys: anew.keys))
    }

    @Test func statusTellsWhatAnotherMachineHasStoredSince() async throws {
        let history = try await History(replicaCount: 3)
        let test = history.test
        try await test.backUp(try await test.open(on: "laptop"), "photos", as: "Others")
        let new = try await test.replicas[0].names().filter { !history.moments[2].contains($0) }
        #expect(try await !test.access().status().isBehind)
        test.replicas[2].hide(new)
        #expect(try await test.access().status().replicas.map(\.objectsMissing) == [0, 0, 3])
    }

    // MARK: - An hour ago

    @Test func aProviderThatAnswersFromAnHourAgo() async throws {
        let now = Mutex<Int64>(10_000)
        let history = try await History(
            replicaCount: 3, clock: { now.withLock { $0 } },
            beforeEach: { _ in now.withLock { $0 += 1800 } })
        let test = history.test
        test.replicas[2].show(only: { info in now.withLock { info.modified <= $0 - 3590 } })
        #expect(try await test.access().status().isDamaged)
        let found = try await history.found(by: history.vault)
        #expect(found[.stale] == 4)
        expectSame(try await test.restored(history.vault), try test.tree(keys: history.vault.keys))
        // What it takes is not shown before an hour has gone: no snapshot counts as being there.
        try test.write("more", to: "photos/more.txt")
        let summary = try await test.backUp(history.vault)
        #expect(summary.replicas[2].isBehind)
        now.withLock { $0 += 3600 }
        #expect(try await test.access().status().replicas[2].objectsStale == 0)
    }

    // MARK: - What is not stale

    @Test(arguments: ["snapshots/", "packs/"])
    func aReplicaThatMissedOneSnapshotIsBehindAndNotStale(prefix: String) async throws {
        let (test, failures) = (try await TestVault(), Counter())
        let vault = try await test.open()
        test.replicas[2].fault { call in
            call.put?.rawValue.hasPrefix(prefix) ?? false && failures.next() == 1 ? .timedOut : nil
        }
        try test.write(randomBytes(3000), to: "photos/1.jpg")
        try await test.backUp(vault)
        test.replicas[2].works()
        try test.write(randomBytes(3000), to: "others/2.jpg")
        try await test.backUp(vault, "others", as: "Others")
        let summary = try await test.verify(vault)
        #expect(!summary.isDamaged && summary.replicas[2].counts[.stale] == nil)
        // Another machine sees by the inventory that it was away.
        if prefix == "packs/" {
            #expect(try await !test.verify(try await test.open(on: "laptop")).isDamaged)
        }
    }

    @Test func aSnapshotWithATombstoneIsNotMissed() async throws {
        let history = try await History(replicaCount: 1)
        try await history.test.plantTombstone(of: [history.snapshots[1]], by: history.vault)
        history.test.replicas[0].hide([history.snapshots[1]])
        #expect(try await history.found(by: history.vault) == [:])
        #expect(try await history.found(by: history.test.openAnew()) == [:])
        #expect(try await !history.test.access().status().isDamaged)
    }

    @Test func healPutsBackWhatIsStale() async throws {
        let history = try await History(replicaCount: 3)
        for key in history.moments[2] where key.rawValue.hasPrefix("snapshots/") {
            try await history.test.replicas[2].memory.delete(key)
        }
        let healed = try await history.test.heal(history.vault)
        #expect(!healed.isDamaged && !healed.isBehind && healed.replicas[2].healedCount == 3)
        #expect(try await history.found(by: history.vault) == [:])
    }
}
