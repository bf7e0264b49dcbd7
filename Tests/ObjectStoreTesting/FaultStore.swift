public import Crypto
public import ObjectStore

/// A call to a store, as a test chooses it.
public enum StoreCall: Hashable, Sendable {
    case put(ObjectKey)
    case get(ObjectKey)
    case head(ObjectKey)
    case list(String)
    case delete(ObjectKey)
}

/// Another store, before each call of which a test may wait or fail.
public struct FaultStore: ObjectStore {
    public typealias Before = @Sendable (StoreCall) async throws(ObjectStoreError) -> Void

    private let base: any ObjectStore
    private let before: Before

    public init(_ base: any ObjectStore, before: @escaping Before) {
        self.base = base
        self.before = before
    }

    /// A store whose chosen calls fail with that code.
    public init(
        _ base: any ObjectStore, failing code: ObjectStoreError.Code, isRetryable: Bool = false,
        where isChosen: @escaping @Sendable (StoreCall) -> Bool = { _ in true }
    ) {
        self.init(base) { call throws(ObjectStoreError) in
            guard isChosen(call) else { return }
            throw ObjectStoreError(
                code, store: base.name, reason: "as the test wants it", isRetryable: isRetryable)
        }
    }

    public var name: String { base.name }

    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        try await before(.put(key))
        try await base.put(key, bytes, sha256: sha256)
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await before(.get(key))
        return try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await before(.head(key))
        return try await base.head(key)
    }

    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await before(.head(key))
        return try await base.headWithChecksum(key)
    }

    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        try await before(.list(prefix))
        return try await base.list(prefix: prefix, continuing: token)
    }

    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try await before(.delete(key))
        try await base.delete(key)
    }
}
