import Crypto
import ObjectStore
import Replicator
import Synchronization
import Testing

/// How many pages the survey holds, counted.
@Suite struct SurveyPagesTests {
    /// Whatever the listings' length, of each one page is in hand and the next is on its way.
    @Test func onePageAndTheNextAreHeldOfEachListing() async throws {
        let pageCount = 40
        let objectCount = pageCount * MadeUpStore.pageSize
        let stores = ["a", "b", "c"].map { CountingStore(MadeUpStore(name: $0, objectCount: objectCount)) }
        var next = 0
        let report = try await ReplicaSet(stores: stores).survey(prefixes: ["packs/"]) {
            // All before `next` is merged; it lies on this page of each listing.
            let page = next / MadeUpStore.pageSize
            for store in stores {
                #expect(store.pageCount.withLock { $0 } <= page + 2, "\(store.name) at \(next)")
            }
            let batch = (next..<min(next + 250, objectCount)).map {
                NeededObject(key: MadeUpStore.key($0), byteCount: $0)
            }
            next += batch.count
            return batch
        } onBatch: { batch in
            Issue.record("\(batch.rows.count) names are wrong")
        }
        #expect(report.neededCount == objectCount)
        #expect(stores.allSatisfy { $0.pageCount.withLock { $0 } == pageCount })
    }

    /// A listing in which everything is wrong is delivered in batches, and no more is read before one is taken.
    @Test func damageIsDeliveredInBatches() async throws {
        let objectCount = 20 * MadeUpStore.pageSize
        let stores = ["a", "b"].map { CountingStore(MadeUpStore(name: $0, objectCount: objectCount)) }
        var rowCount = 0
        _ = try await ReplicaSet(stores: stores).survey(prefixes: ["packs/"]) {
            []
        } onBatch: { batch in
            #expect(batch.rows.count <= 1000)
            rowCount += batch.rows.count
            for store in stores {
                #expect(store.pageCount.withLock { $0 } <= rowCount / MadeUpStore.pageSize + 2)
            }
        }
        #expect(rowCount == objectCount)
    }
}

/// Counts the pages that were asked for.
private final class CountingStore: ObjectStore {
    private let base: MadeUpStore
    let pageCount = Mutex(0)

    init(_ base: MadeUpStore) { self.base = base }

    var name: String { base.name }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        pageCount.withLock { $0 += 1 }
        return try await base.list(prefix: prefix, continuing: token)
    }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        try await base.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await base.head(key) }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }
}
