import Crypto
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What a prune leaves where a provider does not let go of it: it is told, and stops nothing else.
@Suite struct ReluctantProviderTests {
    let scene: PruneScene
    var test: TestVault { scene.test }

    init() async throws { scene = try await PruneScene() }

    @Test func whatIsLockedOrPaidForIsLeftAndTold() async throws {
        let vault = try await test.open()
        let (first, dying) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        _ = try await test.prune(vault)
        scene.clock.advance(days: 8)
        let locked = try #require(dying.min())
        let stores = test.replicas.enumerated().map { place, replica in
            ReluctantStore(
                base: replica.store, locked: place == 0 ? [locked] : [],
                minimumStorageDays: place == 1 ? 90 : nil)
        }
        var access = test.access(on: "pruner")
        access.providers = zip(stores, access.providers).map { Provider(store: $0, location: $1.location) }
        let pruner = try await access.open()
        let summary = try await test.prune(pruner)
        #expect(summary.replicas.map(\.deleted.count) == [dying.count - 1, 0, dying.count])
        #expect(summary.replicas.map(\.locked.count) == [1, 0, 0])
        #expect(summary.replicas.map(\.tooYoung.count) == [0, dying.count, 0])
        try await scene.expectWhole(vault)
        scene.clock.advance(days: 90)
        _ = try await test.prune(vault)
        #expect(try await scene.names("").isDisjoint(with: dying))
    }

    @Test func aMarkerThatOneDoesNotTakeIsPutByTheNextPrune() async throws {
        let vault = try await test.open()
        let (first, _) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        test.replicas[2].fault { $0.put?.rawValue.hasPrefix("tombstones/") ?? false ? .serverFailed : nil }
        let error = await #expect(throws: PruneError.self) { try await test.prune(vault) }
        #expect(error?.hint == "run it again when all providers answer")
        #expect(test.replicas.allSatisfy { $0.deletes == 0 })
        test.replicas[2].works()
        _ = try await test.prune(vault)
        #expect(try await scene.names("snapshots/").count == 1)
        _ = try await test.heal(vault)
        try await scene.expectWhole(vault)
    }

    @Test func oneReplicaThatRefusesToDeleteStopsNoOther() async throws {
        let vault = try await test.open()
        let (first, _) = try await scene.twoSnapshots(vault)
        try await test.forget(vault, first)
        scene.clock.advance(days: 8)
        test.replicas[0].fault { $0.isDelete ? .accessDenied : nil }
        let summary = try await test.prune(vault)
        #expect(summary.replicas.map { $0.failure == nil } == [false, true, true])
        #expect(summary.replicas.map(\.deleted.count) == [0, 1, 1])
        test.replicas[0].works()
        #expect(try await test.heal(vault).replicas.allSatisfy { $0.healedCount == 0 })
        _ = try await test.prune(vault)
        #expect(try await scene.names("snapshots/").count == 1)
        try await scene.expectWhole(vault)
    }
}

/// A store that keeps what is locked, and tells for how long objects are paid for.
private struct ReluctantStore: PrunableStore {
    let base: any ObjectStore
    let locked: Set<ObjectKey>
    let minimumStorageDays: Int?

    var name: String { base.name }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        try await base.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await base.head(key) }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        try await base.list(prefix: prefix, continuing: token)
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }

    func deleteForGood(_ key: ObjectKey) async throws(ObjectStoreError) -> Deletion {
        if locked.contains(key) { return .locked(until: .max) }
        try await delete(key)
        return .deleted
    }
}
