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

/// Another store, before and after each call of which a test may wait or fail.
public struct FaultStore: ObjectStore {
    public typealias Step = @Sendable (StoreCall) async throws(ObjectStoreError) -> Void

    private let base: any ObjectStore
    private let before: Step
    private let after: Step

    /// - Parameter after: runs when the call has done its work and nobody has been told: what fails here is an
    ///   answer that was lost.
    public init(
        _ base: any ObjectStore, before: @escaping Step,
        after: @escaping Step = { _ throws(ObjectStoreError) in }
    ) {
        self.base = base
        self.before = before
        self.after = after
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
        try await after(.put(key))
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await before(.get(key))
        let bytes = try await base.get(key, range: range, maximumByteCount: maximumByteCount)
        try await after(.get(key))
        return bytes
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await before(.head(key))
        let info = try await base.head(key)
        try await after(.head(key))
        return info
    }

    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await before(.head(key))
        let info = try await base.headWithChecksum(key)
        try await after(.head(key))
        return info
    }

    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        try await before(.list(prefix))
        let page = try await base.list(prefix: prefix, continuing: token)
        try await after(.list(prefix))
        return page
    }

    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try await before(.delete(key))
        try await base.delete(key)
        try await after(.delete(key))
    }
}
