public import Crypto
public import ObjectStore
internal import Synchronization

/// A store that forgets everything at its end: the plainest one that passes the conformance suite.
public final class InMemoryStore: ObjectStore {
    private struct Object {
        let bytes: [UInt8]
        let modified: Int64
        var checksum: SHA256Digest?
    }

    public let name: String
    private let pageSize: Int
    private let keepsChecksums: Bool
    /// What objects say when they arrived, in seconds since 1970.
    private let clock: @Sendable () -> Int64
    private let objects = Mutex<[ObjectKey: Object]>([:])

    /// - Parameter keepsChecksums: whether it keeps and gives the checksums that puts bring.
    public init(
        name: String = "memory", pageSize: Int = 1000, keepsChecksums: Bool = false,
        clock: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        self.name = name
        self.pageSize = pageSize
        self.keepsChecksums = keepsChecksums
        self.clock = clock
    }

    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        try checkCancelled(key.rawValue)
        objects.withLock {
            $0[key] = Object(
                bytes: bytes.array, modified: clock(), checksum: keepsChecksums ? sha256 : nil)
        }
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        let bytes = try object(key).bytes
        let part = range ?? bytes.indices
        guard part.upperBound <= bytes.count, part.count <= maximumByteCount else {
            throw ObjectStoreError(
                .damaged, store: name, object: key.rawValue, reason: "not the length that was asked for")
        }
        return ObjectBytes(Array(bytes[part]))
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        let object = try object(key)
        return ObjectInfo(key: key, byteCount: object.bytes.count, modified: object.modified)
    }

    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        let object = try object(key)
        return ObjectInfo(
            key: key, byteCount: object.bytes.count, modified: object.modified, checksum: object.checksum)
    }

    /// Changes the bytes of an object and nothing else: the checksum stays, as it does on a disk that rots.
    public func rot(_ key: ObjectKey, _ change: (inout [UInt8]) -> Void) {
        objects.withLock { objects in
            guard let object = objects[key] else { return }
            var bytes = object.bytes
            change(&bytes)
            objects[key] = Object(bytes: bytes, modified: object.modified, checksum: object.checksum)
        }
    }

    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        try checkCancelled(prefix)
        let infos = objects.withLock { objects in
            objects.map { ObjectInfo(key: $0, byteCount: $1.bytes.count, modified: $1.modified) }
        }
        let last = token.flatMap { ObjectKey($0) }
        let rest = infos.filter { info in
            info.key.rawValue.hasPrefix(prefix) && last.map { $0 < info.key } ?? true
        }.sorted { $0.key < $1.key }
        let page = Array(rest.prefix(pageSize))
        return ListPage(
            objects: page, nextToken: rest.count > page.count ? page.last?.key.rawValue : nil)
    }

    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try checkCancelled(key.rawValue)
        objects.withLock { $0[key] = nil }
    }

    private func object(_ key: ObjectKey) throws(ObjectStoreError) -> Object {
        try checkCancelled(key.rawValue)
        guard let object = objects.withLock({ $0[key] }) else {
            throw ObjectStoreError(.notFound, store: name, object: key.rawValue, reason: "no such object")
        }
        return object
    }

    private func checkCancelled(_ object: String) throws(ObjectStoreError) {
        guard !Task.isCancelled else {
            throw ObjectStoreError(.cancelled, store: name, object: object, reason: "cancelled")
        }
    }
}
