import Crypto
import ObjectStore
import ObjectStoreTesting
import Replicator

/// Replicas whose packs exist nowhere: their listings are made up page by page, of any length, and held nowhere.
/// Their names are spread over the whole range of digests, in order. What else is put is kept in `base`.
struct MadeUpReplica: ObjectStore {
    static let pageSize = 1000
    static let packByteCount = 16 << 20

    let base: any ObjectStore
    let packCount: Int

    var name: String { base.name }

    static func digest(_ number: Int, of packCount: Int) -> SHA256Digest {
        let step = UInt64.max / UInt64(packCount)
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: (UInt64(number) * step).bigEndian, as: UInt64.self)
            $0.storeBytes(of: UInt64(number).bigEndian, toByteOffset: 24, as: UInt64.self)
        }
        return SHA256Digest(bytes)!
    }

    /// Pages of packs stand between the small objects before `packs/` and those after it.
    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        guard prefix.isEmpty else { return try await base.list(prefix: prefix, continuing: token) }
        if token == nil || token == "after" {
            let isBefore = token == nil
            let objects = try await base.listAll(prefix: "").filter {
                ($0.key.rawValue < "packs/") == isBefore
            }
            return ListPage(objects: objects, nextToken: isBefore ? "0" : nil)
        }
        let start = Int(token!)!
        let end = min(start + Self.pageSize, packCount)
        let objects = (start..<end).map {
            ObjectInfo(
                key: ObjectKey(folder: "packs", digest: Self.digest($0, of: packCount)),
                byteCount: Self.packByteCount, modified: 0)
        }
        return ListPage(objects: objects, nextToken: end == packCount ? "after" : String(end))
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

/// The merge of three listings with what is needed, both made up: what the comparison itself takes.
func surveying() -> [Part] {
    let packCount = 100_000
    let replicas = ReplicaSet(
        stores: ["a", "b", "c"].map { MadeUpReplica(base: InMemoryStore(name: $0), packCount: packCount) })
    return [
        Part("survey: three listings, a name", .operations(packCount)) {
            var next = 0
            let report = try await replicas.survey(
                prefixes: [""],
                nextNeeded: {
                    let batch = (next..<min(next + 4096, packCount)).map {
                        NeededObject(
                            key: ObjectKey(
                                folder: "packs", digest: MadeUpReplica.digest($0, of: packCount)),
                            byteCount: MadeUpReplica.packByteCount)
                    }
                    next += batch.count
                    return batch
                }, onBatch: { precondition($0.rows.isEmpty) })
            precondition(report.neededCount == packCount)
        }
    ]
}
