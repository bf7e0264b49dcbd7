import Crypto
import ObjectStore
import ObjectStoreTesting
import Synchronization

/// A store in memory whose addresses end by a clock that the test sets.
final class PresigningMemory: PresigningStore {
    let memory: InMemoryStore
    let longestLife = 604_800
    let hasHostOfItsOwn = false
    private let clock: Mutex<Int64>
    private let address: String

    init(name: String, address: String, now: Int64) {
        memory = InMemoryStore(name: name)
        self.address = address
        clock = Mutex(now)
    }

    var name: String { memory.name }

    func setClock(_ now: Int64) { clock.withLock { $0 = now } }

    func presignedAddress(
        of key: ObjectKey, seconds: Int
    ) async throws(ObjectStoreError) -> PresignedAddress {
        let ends = clock.withLock { $0 } + Int64(seconds)
        return PresignedAddress(url: "\(address)/\(key)?ends=\(ends)", ends: ends, mayEndSooner: false)
    }

    /// The page at a public address is found by its last part.
    func open(address url: String, byteCount: Int) async throws(ObjectStoreError) -> OpenedAddress {
        let path = url.split(separator: "?")[0]
        let name =
            path.hasPrefix(address + "/")
            ? path.dropFirst(address.count + 1) : path.split(separator: "/").last!
        let bytes = try await memory.get(ObjectKey(String(name))!, maximumByteCount: 64 << 20).array
        return OpenedAddress(status: 200, bytes: Array(bytes.prefix(byteCount)), words: "200")
    }

    func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        try await memory.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await memory.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await memory.head(key) }

    func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        try await memory.list(prefix: prefix, continuing: token)
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await memory.delete(key) }
}
