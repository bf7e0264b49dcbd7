public import Crypto
public import ObjectStore

/// Another store that takes everything and shows only a part of it: a provider that rolls back, one that hides an object,
/// one that answers from an hour ago.
public struct HidingStore: ObjectStore {
    private let base: any ObjectStore
    private let isShown: @Sendable (ObjectInfo) -> Bool

    public init(_ base: any ObjectStore, showing isShown: @escaping @Sendable (ObjectInfo) -> Bool) {
        self.base = base
        self.isShown = isShown
    }

    public var name: String { base.name }

    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        try await base.put(key, bytes, sha256: sha256)
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        _ = try await head(key)
        return try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        let info = try await base.head(key)
        guard isShown(info) else {
            throw ObjectStoreError(.notFound, store: name, object: key.rawValue, reason: "no such object")
        }
        return info
    }

    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        _ = try await head(key)
        return try await base.headWithChecksum(key)
    }

    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        let page = try await base.list(prefix: prefix, continuing: token)
        return ListPage(
            objects: page.objects.filter(isShown), foreignNames: page.foreignNames, nextToken: page.nextToken)
    }

    public func beginPhase() { base.beginPhase() }

    public func trust() { base.trust() }

    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }
}
