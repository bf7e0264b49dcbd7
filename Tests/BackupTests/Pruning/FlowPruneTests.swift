import Crypto
import ObjectStore
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What a prune deletes, and what it never does.
@Suite struct FlowPruneTests {
    let scene: PruneScene
    var test: TestVault { scene.test }

    init() async throws { scene = try await PruneScene() }

    // MARK: - Space

    @Test func theSpaceOfWhatIsForgottenComesBackInTwoSteps() async throws {
        let vault = try await test.open()
        let (first, dying) = try await scene.twoSnapshots(vault)
        let all = try await scene.names("packs/").union(scene.names("meta/"))
        #expect(!dying.isEmpty)
        try await test.forget(vault, first)
        scene.clock.advance(days: 6)
        #expect(try await test.prune(vault).due.count == 0)
        #expect(try await scene.names("snapshots/").count == 2)

        scene.clock.advance(days: 2)
        let marking = try await test.prune(vault)
        #expect(marking.due.count == 1 && marking.marked.count == dying.count)
        #expect(try await scene.names("snapshots/").count == 1)
        #expect(try await scene.names("packs/").union(scene.names("meta/")) == all)
        try await scene.expectWhole(vault)

        scene.clock.advance(days: 6)
        #expect(try await test.prune(vault).waiting.count == dying.count)
        try await scene.expectWhole(vault)
        scene.clock.advance(days: 2)
        let deleting = try await test.prune(vault)
        #expect(deleting.replicas.map(\.deleted.count) == [dying.count, dying.count, dying.count])
        #expect(try await scene.names("packs/").union(scene.names("meta/")) == all.subtracting(dying))
        try await scene.expectWhole(vault)
        #expect(try await test.heal(vault).replicas.allSatisfy { $0.healedCount == 0 })
        #expect(try await test.backUp(vault).replicas.allSatisfy { $0.isWhole && $0.packsMissing == 0 })
        let anew = try await test.openAnew()
        try await scene.expectWhole(anew)
        #expect(try await test.prune(anew).due.count == 0)
        #expect(test.warnings() == [])
    }

    @Test func aDryRunChangesNothingAndTellsDeadSpace() async throws {
        let vault = try await test.open()
        for name in ["a", "b"] { try test.write(randomBytes(50_000), to: "photos/\(name).jpg") }
        let first = try #require(try await test.backUp(vault).snapshot)
        try test.remove("photos/a.jpg")
        _ = try await test.backUp(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault)
        let before = try await scene.names("")
        let summary = try await test.prune(vault, isDryRun: true)
        #expect(try await scene.names("") == before)
        // Both photos are in one pack, and one of them is dead.
        #expect(summary.deadByteCount >= 50_000 && summary.deadByteCount < 60_000)
    }

    @Test func whatAKilledRunLeftBehindGoes() async throws {
        let vault = try await test.open()
        _ = try await scene.twoSnapshots(vault)
        let stray = ObjectName.pack(SHA256.hash(Array("stray".utf8))).key
        for replica in test.replicas.prefix(2) { try await replica.plant(stray, Array("stray".utf8)) }
        #expect(try await test.prune(vault).marked.count == 0, "a run may still be going on")
        scene.clock.advance(days: 8)
        #expect(try await test.prune(vault).marked.count == 1)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault)
        #expect(try await !scene.names("packs/").contains(stray))
        try await scene.expectWhole(vault)
    }

    @Test func anOldKeyringGoesOnlyWhereANewerOneOpens() async throws {
        let vault = try await test.open()
        _ = try await scene.twoSnapshots(vault)
        let old = try #require(try await scene.names("keyring/").first)
        try await test.plantTombstone(of: [old], by: vault)
        scene.clock.advance(days: 8)
        #expect(try await test.prune(vault).stillNeeded.count == 1)
        #expect(try await scene.names("keyring/") == [old])
        // One that does not open is no keyring.
        let forged = Array("{}".utf8)
        let name = ObjectName.keyring(sequence: 9, SHA256.hash(forged)).key
        for replica in test.replicas { try await replica.plant(name, forged) }
        #expect(try await test.prune(vault).stillNeeded.count == 1)
        #expect(try await scene.names("keyring/") == [old, name])
    }

    // MARK: - What stops it

    @Test func nothingIsDeletedWhileAReplicaIsAway() async throws {
        let vault = try await test.open()
        let (first, _) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        let before = try await scene.names("")
        let calls: [@Sendable (StoreCall) -> Bool] = [
            { _ in true }, { $0.list == "snapshots/" }, { $0.list == "packs/" }, { $0.list == "tombstones/" },
            { $0.put == .readme }, { $0.put?.rawValue.hasPrefix("tombstones/") ?? false },
        ]
        for isChosen in calls {
            test.replicas[1].fault { isChosen($0) ? .connectionFailed : nil }
            let error = await #expect(throws: PruneError.self) { try await test.prune(vault) }
            #expect(error?.code == .incomplete)
            test.replicas[1].works()
            let after = try await test.replicas[0].names().filter { !$0.rawValue.hasPrefix("tombstones/") }
            #expect(before.isSuperset(of: after) && test.replicas[0].deletes == 0)
        }
        _ = try await test.backUp(vault)
        #expect(try await test.prune(vault).replicas.map(\.deleted.count) == [1, 1, 1])
    }

    @Test func nothingIsDeletedWhileReplicasDisagree() async throws {
        let vault = try await test.open()
        let (first, _) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        let newest = try #require(try await test.replicas[0].names("snapshots/").last)
        for hiders in [[1], [0, 1, 2]] {
            for hider in hiders { test.replicas[hider].hide([newest]) }
            // What all of them hide, only who remembers it can miss.
            for machine in [vault] + (hiders.count == 1 ? [try await test.openAnew(on: "new")] : []) {
                let error = await #expect(throws: PruneError.self) { try await test.prune(machine) }
                #expect(error?.code == .disagreement)
            }
            for hider in hiders { test.replicas[hider].show(only: { _ in true }) }
        }
        #expect(test.replicas.allSatisfy { $0.deletes == 0 })
    }

    @Test(arguments: ["snapshots/", "meta/"])
    func nothingIsDeletedWhileASnapshotCannotBeRead(prefix: String) async throws {
        let vault = try await test.open()
        let (first, _) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        for replica in test.replicas {
            replica.fault { $0.get?.rawValue.hasPrefix(prefix) ?? false ? .serverFailed : nil }
        }
        await #expect(throws: UnreadableSnapshotError.self) { try await test.prune(vault) }
        #expect(test.replicas.allSatisfy { $0.deletes == 0 })
    }

    @Test func theBrakeHolds() async throws {
        let vault = try await test.open()
        let (first, dying) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        for percent in [20.0, 100] {
            if percent == 20 {
                let error = await #expect(throws: PruneError.self) {
                    try await test.prune(vault, percent: percent)
                }
                #expect(error?.code == .tooMuch)
                #expect(test.replicas.allSatisfy { $0.deletes == 0 })
                #expect(try await scene.names("tombstones/").count == 1)
            } else {
                #expect(try await test.prune(vault, percent: percent).marked.count == dying.count)
            }
        }
        scene.clock.advance(days: 8)
        let error = await #expect(throws: PruneError.self) { try await test.prune(vault, percent: 20) }
        #expect(error?.code == .tooMuch)
    }

    // MARK: - Beside other machines

    @Test func contentThatComesBackIsSealedAnew() async throws {
        let (vault, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        try test.write(noise(50_000, seed: 1), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(60_000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault)
        try test.write(noise(50_000, seed: 1), to: "photos/again.jpg")
        let again = try await test.backUp(laptop).snapshot
        try await scene.pruneToTheEnd(vault)
        try await scene.expectWhole(laptop, again)
    }

    /// A machine that sleeps for weeks in the middle of a backup, with what it relies on pruned meanwhile.
    @Test(arguments: ["packs/", "inventory/", "snapshots/"])
    func aBackupThatSleepsForWeeksIsWholeInTheEnd(sleepsAt prefix: String) async throws {
        let (vault, laptop) = (try await test.open(), try await test.open(on: "laptop"))
        try test.write(noise(50_000, seed: 1), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(60_000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        // The laptop will rely on the content of the first snapshot.
        try test.write(noise(50_000, seed: 1), to: "photos/a.jpg")
        try test.write(randomBytes(70_000), to: "photos/c.jpg")
        let sleep = Once { [scene, test] in
            do {
                try await test.forget(vault, first)
                for _ in 0..<4 {
                    scene.clock.advance(days: 8)
                    _ = try await test.prune(vault)
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        for replica in test.replicas {
            replica.fault { call in
                if call.put?.rawValue.hasPrefix(prefix) ?? false { await sleep.run() }
                return nil
            }
        }
        let summary = try await test.backUp(laptop)
        for replica in test.replicas { replica.works() }
        #expect(try await scene.names("tombstones/").count > 1)
        #expect(summary.unreadable.isEmpty)
        let selection = "Photos@\(try #require(summary.snapshot).short)"
        expectSame(try await test.restored(laptop, selection), try test.tree(keys: vault.keys))
        try await scene.pruneToTheEnd(vault)
        expectSame(try await test.restored(laptop, selection), try test.tree(keys: vault.keys))
    }

    /// A snapshot that was committed just before the mark, so that neither saw the other.
    @Test func whatIsMarkedAndNeededAllTheSameIsKeptWhole() async throws {
        let vault = try await test.open()
        _ = try await scene.twoSnapshots(vault)
        let marked = try await scene.packs(vault, neededBy: test.newest(vault))
        try await test.plantTombstone(of: marked.sorted(), by: vault)
        scene.clock.advance(days: 8)
        #expect(try await test.prune(vault).stillNeeded.count == marked.count)
        let lost = try #require(marked.min())
        try await test.replicas[1].memory.delete(lost)
        for machine in [vault, try await test.audit()] {
            #expect(try await test.discrepancies(machine).map(\.key) == [lost])
        }
        let healed = try await test.heal(try await test.audit())
        #expect(healed.replicas[1].healedCount == 1)
        #expect(try await test.replicas[1].names().contains(lost))
        try await scene.expectWhole(vault)
    }

    @Test func aBackupThatCannotLookForTombstonesDoesNotSaySo() async throws {
        let vault = try await test.open()
        let (_, dying) = try await scene.twoSnapshots(vault)
        try test.write("more", to: "photos/more.txt")
        let puts = Counter()
        test.replicas[0].fault { [test] call in
            guard call.put?.rawValue.hasPrefix("snapshots/") ?? false, puts.next() == 1 else { return nil }
            try? await test.plantTombstone(of: Array(dying), by: vault)
            for replica in test.replicas {
                replica.fault { $0.get?.rawValue.hasPrefix("tombstones/") ?? false ? .serverFailed : nil }
            }
            return nil
        }
        await #expect(throws: ReplicaSetError.self) { try await test.backUp(vault) }
        for replica in test.replicas {
            replica.works()
            replica.fault { $0.list == "tombstones/" ? .serverFailed : nil }
        }
        await #expect(throws: (any Error).self) { try await test.backUp(vault) }
        for replica in test.replicas { replica.works() }
        _ = try await test.backUp(vault)
        try await scene.expectWhole(vault)
    }
}

/// Something that is done once, while all who come to it wait.
private final class Once: Sendable {
    private let body: @Sendable () async -> Void
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

    func run() async {
        let task = task.withLock { task in
            let running = task ?? Task(operation: body)
            task = running
            return running
        }
        await task.value
    }
}
