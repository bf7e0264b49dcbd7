import Backup
import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Replicator
import Vault

/// Replicas whose packs exist nowhere: their listings are made up page by page, of any length, and held nowhere.
/// Their names are spread over the whole range of digests, in order. What else is put is kept in memory.
struct MadeUpReplica: ObjectStore {
    static let pageSize = 1000
    static let packByteCount = 16 << 20

    let base: InMemoryStore
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

/// `verify --level list` over three replicas of ten million packs each, with the catalog that it needs:
/// takes minutes and two gigabytes of disk, and so is measured once and only when it is asked for.
///
///     swift run -c release bench-parts ten-million [COUNT]
enum TenMillion {
    static let word = "ten-million"
    private static let packsAnInventory = 5000

    static func run(packCount: Int) async throws {
        let folder = NSTemporaryDirectory() + "bench-verify-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let stores = ["a", "b", "c"].map {
            MadeUpReplica(base: InMemoryStore(name: $0), packCount: packCount)
        }
        let access = VaultAccess(
            providers: stores.map { Provider(store: $0, location: $0.name) }, quorum: nil,
            state: StateFolder(path: folder), host: "bench", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { print("warning: \($0)") })
        let vault = try await access.initialise(
            strength: .interactive, makesDeviceKey: true,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) }
        ).vault
        try await plantInventories(of: packCount, in: vault, on: stores)

        let clock = ContinuousClock()
        let fill = try await clock.measure { _ = try await vault.verify(VerifyRequest(level: .list)) }
        print("fill the catalog and verify once: \(fill)")
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        var summary: VerifySummary?
        let elapsed = try await clock.measure {
            summary = try await vault.verify(VerifyRequest(level: .list))
        }
        let rate = Double(packCount) / (elapsed / .seconds(1))
        precondition(summary!.replicas.allSatisfy { $0.rightCount > packCount && $0.counts.isEmpty })
        print("verify --level list, \(packCount) packs on three replicas: \(elapsed)")
        print("\(Int(rate)) objects a second and replica, peak \(try peakKibibytes() >> 10) MiB")
    }

    private static func plantInventories(
        of packCount: Int, in vault: OpenVault, on stores: [MadeUpReplica]
    ) async throws {
        for start in stride(from: 0, to: packCount, by: packsAnInventory) {
            let packs = (start..<min(start + packsAnInventory, packCount)).map {
                Inventory.Pack(
                    digest: MadeUpReplica.digest($0, of: packCount),
                    byteCount: MadeUpReplica.packByteCount, isMeta: false)
            }
            let inventory = Inventory(
                vault: vault.id, created: UTCTime(secondsSince1970: Int64(start)), packs: packs, heads: [])
            let (name, bytes) = inventory.sealed(by: vault.keyring.signingKey)
            for store in stores { try await store.put(name.key, bytes) }
        }
    }

    /// The most that the process had resident since the count was last set back, as proc(5) tells it.
    private static func peakKibibytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }!
        return Int(line.split(whereSeparator: \.isWhitespace)[1])!
    }
}
