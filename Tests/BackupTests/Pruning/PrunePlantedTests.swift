import Crypto
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What a thief who may only put leaves in a vault's folders, and a prune that goes on beside it.
@Suite struct PrunePlantedTests {
    let scene: PruneScene
    var test: TestVault { scene.test }

    init() async throws { scene = try await PruneScene() }

    private static let junk = Array("junk".utf8)

    /// One name of each form, with the bytes of its hash.
    private static func names(time: UTCTime) -> [ObjectName] {
        let digest = SHA256.hash(junk)
        let collection = CollectionID(unchecked: [UInt8](repeating: 7, count: 16))
        return [
            .keyring(sequence: 2, digest), .providers(sequence: .max, digest),
            .collection(collection, sequence: 1, digest), .inventory(time, digest),
            .tombstone(time, digest), .snapshot(collection, time, digest), .record(time, digest),
            .grant(GrantID.random().hex, digest), .pack(digest), .metaPack(digest),
        ]
    }

    /// On one replica, on two, on all: it says nothing about what the vault's own snapshots need.
    @Test(arguments: [[1], [0, 2], [0, 1, 2]])
    func junkUnderEveryFolderBlocksNothing(replicas: [Int]) async throws {
        let vault = try await test.open()
        try test.write(randomBytes(50_000), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        let dying = try await scene.names("packs/")
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(60_000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        try await test.forget(vault, first)
        for name in Self.names(time: .now()) {
            for replica in replicas { try await test.replicas[replica].plant(name.key, Self.junk) }
        }
        try await scene.pruneToTheEnd(vault)
        for replica in test.replicas {
            #expect(try await dying.isDisjoint(with: replica.names("packs/")))
        }
        let restored = try await test.restored(vault)
        expectSame(restored, try test.tree(keys: vault.keys))
    }

    /// The vault's own snapshot under a time or a collection that it is not of.
    @Test func aSnapshotUnderAnotherNameBlocksNothing() async throws {
        let vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        _ = try await test.backUp(vault)
        let own = try #require(try await scene.names("snapshots/").first)
        guard case .snapshot(let collection, let time, let digest) = ObjectName(own) else { return }
        let later = ObjectName.snapshot(
            collection, UTCTime(secondsSince1970: time.secondsSince1970 + 9), digest)
        try await test.replicas[2].plant(later.key, try await test.replicas[2].bytes(own))
        _ = try await test.prune(vault)
    }

    @Test func aNameWithoutItsBytesIsRefusedUntilItIsRemoved() async throws {
        let vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        _ = try await test.backUp(vault)
        let name = ObjectName.snapshot(
            CollectionID(unchecked: [UInt8](repeating: 7, count: 16)), .now(), SHA256.hash([1])
        ).key
        try await test.replicas[1].plant(name, Self.junk)
        let error = await #expect(throws: PruneError.self) { try await test.prune(vault) }
        #expect(error?.description.contains("\(name.rawValue), and not its bytes") ?? false)
        try await test.replicas[1].lose(name.rawValue)
        _ = try await test.prune(vault)
    }

    /// A snapshot that another machine has put on one replica so far is the vault's, and is waited for.
    @Test func aGenuineSnapshotOnOneReplicaIsNoJunk() async throws {
        let vault = try await test.open()
        try test.write("one", to: "photos/1.txt")
        _ = try await test.backUp(vault)
        let own = try #require(try await scene.names("snapshots/").first)
        let bytes = try await test.replicas[0].bytes(own)
        for replica in test.replicas { try await replica.lose(own.rawValue) }
        try await test.replicas[1].plant(own, bytes)
        await #expect { try await test.prune(try await test.openAnew()) } throws: {
            ($0 as? PruneError)?.code == .disagreement
        }
    }
}
