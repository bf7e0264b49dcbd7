import Crypto
import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What somebody who may only write leaves in a vault's folders: it is said to be a stray, blocks nothing, and can be
/// removed. What may be the vault's stays.
@Suite struct StrayTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        (test, vault) = try await TestVault.withThreeSnapshots()
    }

    private func strays(_ vault: OpenVault) async throws -> [Discrepancy] {
        let found = Mutex<[Discrepancy]>([])
        try await test.verify(vault) { discrepancy in
            if discrepancy.kind == .stray { found.withLock { $0.append(discrepancy) } }
        }
        return found.withLock { $0 }
    }

    private func remove(_ vault: OpenVault, isDryRun: Bool = false) async throws -> [StrayOutcome] {
        var outcomes: [StrayOutcome] = []
        try await vault.removeStrays(try await strays(vault), isDryRun: isDryRun) { outcomes.append($0) }
        return outcomes
    }

    /// The newest snapshot, which says that it is of format 2, under a name of its own; nobody has signed that.
    private func ofALaterFormat() async throws -> (key: ObjectKey, bytes: [UInt8]) {
        let own = try #require(try await test.replicas[0].names("snapshots/").last)
        guard case .snapshot(let collection, let time, _) = ObjectName(own) else {
            throw VaultError(.malformed, own.rawValue, "no snapshot")
        }
        var stored = try ProtoSnapshot(
            decodingEnvelope: try await test.replicas[0].bytes(own), subject: "own")
        var header = try ProtoSnapshotHeader(decoding: [UInt8](stored.header), subject: "own")
        header.format = 2
        stored.header = .init(header.encoded)
        let bytes = stored.encoded
        let later = UTCTime(secondsSince1970: time.secondsSince1970 + 100)
        return (ObjectName.snapshot(collection, later, SHA256.hash(bytes.span.bytes)).key, bytes)
    }

    @Test func whatClaimsALaterFormatBlocksNothing() async throws {
        let (key, bytes) = try await ofALaterFormat()
        for replica in test.replicas { try await replica.plant(key, bytes) }
        _ = try await test.prune(vault)
        let found = try await vault.find(SnapshotSelection(collection: "Photos"), warn: test.warn)
        #expect(found.passedOver.isEmpty && found.snapshot.fileCount == 3)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))

        let removed = try await remove(vault)
        #expect(removed.map(\.key) == [key, key, key] && removed.allSatisfy { $0.kind == .removed })
        #expect(try await strays(vault) == [])
    }

    /// A later program has it named, before it is there, by something that this one can believe.
    @Test func whatIsAnnouncedCounts() async throws {
        let (key, bytes) = try await ofALaterFormat()
        let (name, inventory) = Inventory(
            vault: vault.id, created: .now(), packs: [], heads: [], named: [key]
        ).sealed(by: vault.keyring.signingKey)
        for replica in test.replicas {
            try await replica.plant(name.key, inventory)
            try await replica.plant(key, bytes)
        }
        await #expect(throws: UnreadableSnapshotError.self) { try await test.prune(vault) }
        let found = try await vault.find(SnapshotSelection(collection: "Photos"), warn: test.warn)
        #expect(found.passedOver.count == 1)
        #expect(try await remove(vault).allSatisfy { $0.kind != .removed })
        #expect(try await test.replicas[0].names(key.rawValue) == [key])
    }

    @Test func aNameWithoutItsBytesIsRemoved() async throws {
        let collection = CollectionID(unchecked: [UInt8](repeating: 7, count: 16))
        let key = ObjectName.snapshot(collection, .now(), SHA256.hash([1])).key
        try await test.replicas[1].plant(key, [9])
        await #expect(throws: PruneError.self) { try await test.prune(vault) }

        // Another replica may have its bytes: nothing is removed while one is away.
        test.replicas[2].fault { $0.get != nil ? .connectionFailed : nil }
        let kept = try await remove(vault)
        #expect(kept.count == 1 && kept[0].kind != .removed, "\(kept)")
        test.replicas[2].works()

        let shown = try await remove(vault, isDryRun: true)
        #expect(shown.map(\.kind) == [.removed])
        #expect(try await test.replicas[1].names(key.rawValue) == [key])
        #expect(try await remove(vault).map(\.kind) == [.removed])
        #expect(try await test.replicas[1].names(key.rawValue) == [])
        _ = try await test.prune(vault)
    }

    @Test func whatIsNotOfTheVaultsFoldersAndWhatMayBeTheVaultsStay() async throws {
        let foreign = try #require(ObjectKey("holiday/1.jpg"))
        let pack = ObjectName.pack(SHA256.hash([2])).key
        let junk = try #require(ObjectKey("inventory/notes.txt"))
        for key in [foreign, pack, junk] { try await test.replicas[0].plant(key, [2]) }
        // Of another machine, which has just put it on one replica.
        let own = try #require(try await test.replicas[0].names("snapshots/").last)
        let bytes = try await test.replicas[0].bytes(own)
        for replica in test.replicas[1...] { try await replica.lose(own.rawValue) }

        let fresh = try await test.openAnew()
        let outcomes = try await remove(fresh)
        #expect(outcomes.filter { $0.kind == .removed }.map(\.key) == [junk], "\(outcomes)")
        #expect(try await test.replicas[0].bytes(own) == bytes)
        for key in [foreign, pack] {
            #expect(try await test.replicas[0].names(key.rawValue) == [key])
        }
    }

    /// In every folder but those of packs, which `prune` gives time: whoever has the keys is told of it, and removes it.
    @Test func junkUnderEachFormOfNameIsToldAndRemoved() async throws {
        let junk = Array("junk".utf8)
        let (digest, now) = (SHA256.hash(junk.span.bytes), UTCTime.now())
        let collection = CollectionID(unchecked: [UInt8](repeating: 7, count: 16))
        let names: [ObjectName] = [
            .keyring(sequence: 7, digest), .providers(sequence: 7, digest),
            .collection(collection, sequence: 7, digest), .inventory(now, digest),
            .snapshot(collection, now, digest), .tombstone(now, digest), .record(now, digest),
            .grant(GrantID.random().hex, digest),
        ]
        for name in names { try await test.replicas[0].plant(name.key, junk) }
        let told = try await strays(vault).map(\.key)
        #expect(Set(told) == Set(names.map(\.key)) && told.count == names.count)
        #expect(try await remove(vault).allSatisfy { $0.kind == .removed })
        #expect(try await strays(vault) == [])
    }

    /// Links, grants and lists of providers are the vault's, whoever has made them.
    @Test func whatAnotherMachineHasSealedIsNoStray() async throws {
        let other = try await test.open(on: "laptop")
        let chosen = SnapshotSelection(collection: "Photos")
        _ = try await test.giveLink(other, to: chosen, days: 3)
        _ = try await test.beginEpoch(other, of: "Photos", keepsEarlier: false, addsOne: true)
        #expect(try await strays(vault) == [])
        #expect(try await strays(other) == [])
    }

    /// One that may not delete says so, and is asked for nothing more than the strays.
    @Test func whoMayNotDeleteIsNamed() async throws {
        let junk = try #require(ObjectKey("records/notes.txt"))
        try await test.replicas[0].plant(junk, [2])
        test.replicas[0].fault { $0.isDelete ? .accessDenied : nil }
        let outcomes = try await remove(vault)
        guard outcomes.count == 1, case .failed = outcomes[0].kind else {
            Issue.record("\(outcomes)")
            return
        }
    }

    /// Names of no form that the vault knows, in every folder: no command takes them for anything.
    @Test func namesOfNoFormStopNothing() async throws {
        for folder in ObjectName.folders {
            let junk = try #require(ObjectKey(folder + "1000001992"))
            for replica in test.replicas { try await replica.plant(junk, [1]) }
        }
        try test.write(noise(3000, seed: 9), to: "photos/9.jpg")
        try await test.backUp(vault)
        let first = try #require(try await vault.snapshots(warn: test.warn).first)
        try await test.forget(vault, first.id)
        _ = try await test.prune(vault)
        expectSame(try await test.restored(try await test.openAnew()), try test.tree(keys: vault.keys))
        #expect(try await remove(vault).count == 3 * ObjectName.folders.count)
    }

    /// What was committed is on a quorum. One that is shown by fewer, and not given, was not; one that is shown by more may
    /// name what is being stored.
    @Test func aTombstoneThatOneReplicaShowsAndDoesNotGiveStopsNothing() async throws {
        let key = ObjectName.tombstone(.now(), SHA256.hash([3])).key
        for replica in test.replicas[1...] {
            replica.fault { $0.get == key ? .connectionFailed : nil }
        }
        try await test.replicas[1].plant(key, [4])
        try test.write(noise(3000, seed: 9), to: "photos/9.jpg")
        try await test.backUp(vault)

        try await test.replicas[2].plant(key, [4])
        try test.write(noise(3000, seed: 10), to: "photos/10.jpg")
        await #expect(throws: ReplicaSetError.self) { try await test.backUp(vault) }
    }
}
