import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What a provider plants is named, and believed in nothing.
@Suite struct FlowPlantedTests {
    let test: TestVault
    let vault: OpenVault
    private let expected: [String: Node]

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        try await test.backUp(vault)
        try test.write("two", to: "photos/2.txt")
        try await test.backUp(vault)
        try await test.backUp(vault, "photos", as: "Others")
        expected = try test.tree(keys: vault.keys)
    }

    /// After planting: known and new machines list the true newest, and base the next snapshot on it.
    private func expectUnmoved() async throws {
        for isNew in [false, true] {
            _ = test.warnings()
            let vault = isNew ? try await test.openAnew() : try await test.open()
            expectSame(try await test.listed(vault), expected)
            expectSame(try await test.restored(vault), expected)
            let count = try await vault.snapshots(of: "Photos", warn: test.warn).count
            let base = try await test.newest(vault)
            let summary = try await test.backUp(vault)
            #expect(summary.filesUnmodified == 2 && summary.filesTotal == 2 && summary.packsStored == 0)
            let next = try await test.newest(vault)
            #expect(next.pages == base.pages && next.heads.contains { $0.snapshot == next.parent })
            #expect(try await vault.snapshots(of: "Photos", warn: test.warn).count == count + 1)
            #expect(!test.warnings().isEmpty)
        }
    }

    private func collection() -> CollectionID { vault.keys.collectionID(name: "Photos") }

    private func snapshots(of name: String) async throws -> [ObjectKey] {
        try await test.replicas[0].names("snapshots/\(vault.keys.collectionID(name: name).hex)/")
    }

    static let later = UTCTime("21991231-235959")!

    @Test func anOldSnapshotUnderALaterName() async throws {
        let old = try #require(try await snapshots(of: "Photos").first)
        let bytes = try await test.replicas[0].bytes(old)
        try await test.replicas[0].plant(
            ObjectName.snapshot(collection(), Self.later, SHA256.hash(bytes)).key, bytes)
        try await expectUnmoved()
    }

    @Test func anotherCollectionsSnapshot() async throws {
        let other = try #require(try await snapshots(of: "Others").first)
        let bytes = try await test.replicas[0].bytes(other)
        try await test.replicas[0].plant(
            ObjectName.snapshot(collection(), Self.later, SHA256.hash(bytes)).key, bytes)
        try await expectUnmoved()
    }

    @Test func bytesThatAreNotWhatTheirNameSays() async throws {
        for replica in test.replicas.prefix(2) {
            try await replica.plant(
                ObjectName.snapshot(collection(), Self.later, SHA256.hash([1])).key, [2])
            try await replica.plant(ObjectName.inventory(Self.later, SHA256.hash([1])).key, [2])
            try await replica.plant(ObjectName.tombstone(Self.later, SHA256.hash([1])).key, [2])
            try await replica.plant(
                ObjectName.collection(collection(), sequence: 7, SHA256.hash([1])).key, [2])
        }
        try await expectUnmoved()
    }

    @Test func anotherCollectionsRecordUnderThisOnesName() async throws {
        let other = vault.keys.collectionID(name: "Others").hex
        let record = try #require(try await test.replicas[0].names("collections/\(other)/").first)
        let bytes = try await test.replicas[0].bytes(record)
        try await test.replicas[0].plant(
            ObjectName.collection(collection(), sequence: 9, SHA256.hash(bytes)).key, bytes)
        try await expectUnmoved()
    }

    @Test func statementsByAnotherKey() async throws {
        let packs = try await test.replicas[0].names("packs/")
        let (tombstone, tombstoneBytes) = Tombstone(
            vault: vault.id, created: Self.later, objects: packs, state: .deleting
        ).sealed(by: .random())
        let (inventory, inventoryBytes) = Inventory(
            vault: vault.id, created: Self.later,
            packs: [Inventory.Pack(digest: SHA256.hash([3]), byteCount: 3, isMeta: false)], heads: []
        ).sealed(by: .random())
        for replica in test.replicas {
            try await replica.plant(tombstone.key, tombstoneBytes)
            try await replica.plant(inventory.key, inventoryBytes)
        }
        try await expectUnmoved()
        #expect(try await test.verify(vault).replicas.allSatisfy { $0.counts == [.stray: 2] })
    }

    @Test func aSnapshotByAnotherKey() async throws {
        var snapshot = try await test.newest(vault)
        snapshot.finished = Self.later.secondsSince1970 * 1_000_000_000
        snapshot.pages = []
        let (id, bytes) = snapshot.sealed(
            in: VaultCollection.make(name: "Photos", keys: vault.keys), vault: vault.id, by: .random())
        for replica in test.replicas {
            try await replica.plant(ObjectName.snapshot(collection(), id.time, id.digest).key, bytes)
        }
        try await expectUnmoved()
    }

    @Test func namesThatAreNone() async throws {
        for name in ["snapshots/x", "snapshots/\(collection().hex)/newest", "inventory/1", "packs/zz/zz"] {
            try await test.replicas[0].plant(try #require(ObjectKey(name)), [1])
        }
        try await expectUnmoved()
    }
}
