import Backup
import Crypto
import Testing
import Vault

@testable import Mounting

@Suite struct SnapshotShelfTests {
    private static func names(_ shelf: SnapshotShelf, _ collection: Int = 0) -> [String] {
        shelf.shown(of: collection).map { String(decoding: shelf.snapshots[$0].name, as: UTF8.self) }
    }

    @Test func whatIsForgottenGoesAndWhatIsNewComesWithoutMovingAnything() {
        let all = (0..<4).map { SnapshotSummary.made($0) }
        var shelf = SnapshotShelf()
        shelf.update(Array(all[0...2]))
        #expect(Self.names(shelf) == ["19700101-000000", "19700101-000001", "19700101-000002"])
        shelf.update([all[1], all[3]])
        #expect(Self.names(shelf) == ["19700101-000001", "19700101-000003"])
        #expect(shelf.snapshots.map(\.summary.id) == all.map(\.id))
        #expect(shelf.latest(of: 0) == 3)
        shelf.update([])
        #expect(shelf.latest(of: 0) == nil && shelf.shownCollections == [])
    }

    @Test func twoOfOneSecondHaveTwoNames() {
        let pair = [SnapshotSummary.made(5), .made(5)]
        var shelf = SnapshotShelf()
        shelf.update(pair)
        #expect(Self.names(shelf) == ["19700101-000005", "19700101-000005-\(pair[1].id.short)"])
    }

    @Test func theLatestIsOneThatCameToItsEnd() {
        var shelf = SnapshotShelf()
        shelf.update([.made(1, isCheckpoint: true), .made(2, isCheckpoint: true)])
        #expect(shelf.latest(of: 0) == 1)
        shelf.update(shelf.snapshots.map(\.summary) + [.made(3), .made(4, isCheckpoint: true)])
        #expect(shelf.latest(of: 0) == 2)
    }

    @Test func aCollectionsNameIsAFoldersName() {
        var shelf = SnapshotShelf()
        shelf.update(["a/b", "a_b", ".", "..", "Grüße", ""].map { SnapshotSummary.made(1, of: $0) })
        #expect(
            shelf.collections.map { String(decoding: $0.name, as: UTF8.self) }
                == ["a_b", "a_b_", "_", "__", "Grüße", "___"])
    }
}

extension SnapshotSummary {
    /// One that was made in that second since 1970.
    static func made(
        _ time: Int64, of collection: String = "Shoot", isCheckpoint: Bool = false
    ) -> SnapshotSummary {
        var snapshot = Snapshot(
            collection: CollectionID([UInt8](repeating: 1, count: 16))!,
            device: DeviceID([UInt8](repeating: 2, count: 16))!)
        snapshot.collectionName = collection
        snapshot.finished = time * 1_000_000_000
        snapshot.isCheckpoint = isCheckpoint
        let id = SnapshotID(
            time: UTCTime(secondsSince1970: time), digest: SHA256.hash(randomBytes(8)))
        return SnapshotSummary(id, snapshot)
    }
}
