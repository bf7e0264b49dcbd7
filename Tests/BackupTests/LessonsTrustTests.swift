import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What went wrong in other tools with indexes, listings, rows and dates, each by its name, and not here.
@Suite struct LessonsTrustTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        (test, vault) = try await TestVault.withThreeSnapshots()
    }

    /// borg #9904: a partly deleted index was trusted as whole. Here completeness is what signed objects say, and one
    /// inventory less is a loss, on one replica and on all, also to a machine without a catalog.
    @Test(arguments: [1, 3])
    func borg9904APartlyDeletedIndexWasTrustedAsWhole(replicaCount: Int) async throws {
        for inventory in try await test.replicas[0].names("inventory/") {
            for replica in test.replicas.prefix(replicaCount) { replica.hide([inventory]) }
            let found = try await test.discrepancies(try await test.openAnew())
            let missed = found.filter { $0.key == inventory }
            #expect(missed.map(\.kind) == Array(repeating: .stale, count: replicaCount))
            #expect(try await test.verify(try await test.audit(on: "\(inventory)")).isDamaged)
        }
    }

    /// ente: deleted or altered rows in the server's database were unnoticeable. Here every row is signed, or named by
    /// one that is.
    @Test func enteDeletedRowsWereUnnoticeable() async throws {
        let objects = try await test.replicas[0].names().filter { $0 != .readme }
        let newest = try #require(objects.last { $0.rawValue.hasPrefix("snapshots/") })
        for deleted in objects where deleted != newest && !deleted.rawValue.hasPrefix("keyring/") {
            for replica in test.replicas { replica.hide([deleted]) }
            let summary = try await test.verify(try await test.openAnew())
            #expect(summary.isDamaged, "\(deleted)")
        }
    }

    @Test func enteAlteredRowsWereUnnoticeable() async throws {
        let anew = try await test.openAnew()
        for altered in try await test.replicas[0].names() where altered != .readme {
            let bytes = try await test.replicas[0].bytes(altered)
            var wrong = bytes
            wrong[wrong.count / 2] ^= 1
            for replica in test.replicas { try await replica.plant(altered, wrong) }
            #expect(try await test.verify(anew, level: .read).isDamaged, "\(altered)")
            for replica in test.replicas { try await replica.plant(altered, bytes) }
        }
    }

    /// A row that nobody signed is none: it neither hides a loss nor takes the newest one's place.
    @Test func enteUnsignedRows() async throws {
        let (photos, later) = (vault.keys.collectionID(name: "Photos"), FlowPlantedTests.later)
        let packs = try await test.replicas[0].names("packs/")
        let tombstone = Tombstone(vault: vault.id, created: later, objects: packs, state: .deleting)
            .sealed(by: .random())
        let snapshot = Snapshot(collection: photos, device: vault.device.id).sealed(
            in: VaultCollection.make(name: "Photos", keys: vault.keys), vault: vault.id, by: .random())
        for replica in test.replicas {
            try await replica.plant(tombstone.name.key, tombstone.bytes)
            try await replica.plant(
                ObjectName.snapshot(photos, snapshot.id.time, snapshot.id.digest).key, snapshot.bytes)
        }
        let anew = try await test.openAnew()
        #expect(try await test.verify(anew, level: .decrypt).replicas.allSatisfy { $0.counts == [.stray: 2] })
        expectSame(try await test.restored(anew), try test.tree(keys: vault.keys))
        #expect(try await anew.find(SnapshotSelection("Photos"), warn: test.warn).passedOver == [])
    }

    /// restic: an attacker with append access used future dates to make retention forget the real ones. Here a name
    /// with a date that the vault has not signed is passed over, and is no head.
    @Test func resticFutureDates() async throws {
        let photos = vault.keys.collectionID(name: "Photos")
        let old = try #require(try await test.replicas[0].names("snapshots/").first)
        let bytes = try await test.replicas[0].bytes(old)
        let future = ObjectName.snapshot(photos, FlowPlantedTests.later, SHA256.hash(bytes)).key
        for replica in test.replicas { try await replica.plant(future, bytes) }
        for anew in [try await test.open(), try await test.openAnew()] {
            expectSame(try await test.restored(anew), try test.tree(keys: vault.keys))
            let head = try #require(ExpectedHead(SnapshotID(future)!.description))
            await #expect(throws: HeadError.self) { try await anew.require(head, warn: test.warn) }
        }
    }

    /// A machine whose clock is ahead signs a snapshot of the future: it neither hides the others nor makes them stale.
    @Test func resticFutureDatesOfAClockThatIsAhead() async throws {
        let collection = vault.keys.collectionID(name: "Photos")
        let record = try #require(try await test.replicas[0].names("collections/").first)
        guard case .collection(_, let sequence, _) = ObjectName(record) else { return }
        let opened = try VaultCollection(
            try await test.replicas[0].bytes(record), named: collection, sequence: sequence, keys: vault.keys,
            subject: "record")
        var snapshot = try await test.newest(vault)
        snapshot.finished = FlowPlantedTests.later.secondsSince1970 * 1_000_000_000
        let (id, bytes) = snapshot.sealed(in: opened, vault: vault.id, by: vault.keyring.signingKey)
        for replica in test.replicas {
            try await replica.plant(ObjectName.snapshot(collection, id.time, id.digest).key, bytes)
        }
        let anew = try await test.openAnew()
        try test.write("more", to: "photos/more.txt")
        try await test.backUp(anew)
        #expect(try await anew.snapshots(warn: test.warn).count == 5)
        let summary = try await test.verify(anew)
        #expect(!summary.isDamaged && !summary.isBehind)
        expectSame(try await test.restored(anew), try test.tree(keys: vault.keys))
    }

    /// restic #4612, #3317: a listing error was read as "no snapshots"; here an empty one is not believed either.
    @Test(arguments: [true, false])
    func restic4612AnEmptyListingIsNoAnswer(fails: Bool) async throws {
        for replica in test.replicas {
            if fails {
                replica.fault { if case .list = $0 { .connectionFailed } else { nil } }
            } else {
                replica.show(only: { !$0.key.rawValue.hasPrefix("snapshots/") })
            }
        }
        await #expect(throws: (any Error).self) {
            _ = try await vault.find(SnapshotSelection("Photos"), warn: test.warn)
        }
        let status = try await test.access().status()
        #expect(fails ? status.isBehind : status.replicas.allSatisfy { $0.objectsStale == 3 })
        #expect(status.collections.map(\.snapshotCount) == [3])
        let summary = try await test.verify(vault)
        #expect(fails ? summary.isBehind : summary.isDamaged)
    }

    /// rclone #9647, Perkeep: after a partial failure, later runs said that all was well with one replica short.
    @Test func rclone9647LaterRunsWithOneReplicaShort() async throws {
        let lost = try #require(try await test.replicas[0].names("snapshots/").first)
        test.replicas[2].hide([lost])
        for _ in 0..<3 {
            #expect(try await test.backUp(vault).replicas.map(\.isBehind) == [false, false, true])
            #expect(try await test.access().status().isDamaged)
        }
    }

    /// restic #21977: one truncated key file blocked everything.
    @Test func restic21977ATruncatedKeyringBlocksNoAudit() async throws {
        for replica in test.replicas {
            try await replica.plant(
                ObjectName.keyring(sequence: 7, SHA256.hash([1])).key, Array("{\"vault\"".utf8))
        }
        #expect(try await test.audit().signingKey == vault.signingKey)
    }
}
