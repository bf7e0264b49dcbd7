import Crypto
import ObjectStore
import Synchronization

/// A store in memory, with pages as small as a test needs them.
final class InMemoryStore: ObjectStore {
    let name: String
    private let pageSize: Int
    private let foreignNames: [String]
    private let objects = Mutex<[ObjectKey: [UInt8]]>([:])

    init(_ name: String, pageSize: Int = 1000, foreignNames: [String] = []) {
        self.name = name
        self.pageSize = pageSize
        self.foreignNames = foreignNames
    }

    subscript(key: ObjectKey) -> [UInt8]? {
        get { objects.withLock { $0[key] } }
        set { objects.withLock { $0[key] = newValue } }
    }

    var count: Int { objects.withLock(\.count) }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        guard bytes.withBytes({ SHA256.hash($0) }) == sha256 else { throw failure(.damaged, key) }
        self[key] = bytes.array
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        guard let bytes = self[key] else { throw failure(.notFound, key) }
        guard bytes.count <= maximumByteCount else { throw failure(.damaged, key) }
        return ObjectBytes(range.map { Array(bytes[$0]) } ?? bytes)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        guard let bytes = self[key] else { throw failure(.notFound, key) }
        return ObjectInfo(key: key, byteCount: bytes.count, modified: 0)
    }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        let rest = objects.withLock { objects in
            objects.filter { $0.key.rawValue.hasPrefix(prefix) && $0.key.rawValue > token ?? "" }
        }.sorted { $0.key < $1.key }
        let page = rest.prefix(pageSize).map { ObjectInfo(key: $0, byteCount: $1.count, modified: 0) }
        return ListPage(
            objects: page, foreignNames: token == nil ? foreignNames.filter { $0.hasPrefix(prefix) } : [],
            nextToken: rest.count > pageSize ? page.last!.key.rawValue : nil)
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { self[key] = nil }

    private func failure(_ code: ObjectStoreError.Code, _ key: ObjectKey) -> ObjectStoreError {
        ObjectStoreError(code, store: name, object: key.rawValue, reason: code.rawValue)
    }
}

/// A store whose calls a test answers itself, or lets through, one by one.
final class ScriptedStore: ObjectStore {
    enum Call: Equatable {
        case put(ObjectKey)
        case get(ObjectKey, Range<Int>?)
        case list(prefix: String, token: String?)
    }
    typealias Script = @Sendable (Call) async throws(ObjectStoreError) -> Void

    let base: InMemoryStore
    private let script: Script
    private let distort: @Sendable ([UInt8]) -> [UInt8]
    private let rearrange: @Sendable (ListPage) -> ListPage
    private let recorded = Mutex<[Call]>([])

    /// - Parameters:
    ///   - script: runs before each call; what it throws is the answer.
    ///   - distort: what becomes of the bytes of a get on their way.
    ///   - rearrange: what becomes of a page of a listing.
    init(
        _ base: InMemoryStore, distort: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 },
        rearrange: @escaping @Sendable (ListPage) -> ListPage = { $0 },
        script: @escaping Script = { _ throws(ObjectStoreError) in }
    ) {
        self.base = base
        self.distort = distort
        self.rearrange = rearrange
        self.script = script
    }

    /// A store that answers its first `count` calls with this error, and then does as it should.
    convenience init(_ base: InMemoryStore, failing code: ObjectStoreError.Code, times count: Int = .max) {
        let left = Mutex(count)
        self.init(
            base,
            script: { _ throws(ObjectStoreError) in
                let fails = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if fails { throw ObjectStoreError(code, store: base.name, reason: code.rawValue) }
            })
    }

    var name: String { base.name }
    var calls: [Call] { recorded.withLock { $0 } }

    private func play(_ call: Call) async throws(ObjectStoreError) {
        recorded.withLock { $0.append(call) }
        try await script(call)
    }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        try await play(.put(key))
        try await base.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await play(.get(key, range))
        return ObjectBytes(
            distort(try await base.get(key, range: range, maximumByteCount: maximumByteCount).array))
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await base.head(key) }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        try await play(.list(prefix: prefix, token: token))
        return rearrange(try await base.list(prefix: prefix, continuing: token))
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }
}

/// A listing of numbered objects that exists nowhere: any length costs no memory.
struct MadeUpStore: ObjectStore {
    static let pageSize = 1000

    let name: String
    let objectCount: Int
    /// Numbers that the listing leaves out.
    var gaps: Set<Int> = []

    static func key(_ number: Int) -> ObjectKey {
        let digits = String(number)
        return ObjectKey("packs/" + String(repeating: "0", count: 12 - digits.count) + digits)!
    }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        let start = token.map { Int($0)! } ?? 0
        let end = min(start + Self.pageSize, objectCount)
        return ListPage(
            objects: (start..<end).filter { !gaps.contains($0) }.map {
                ObjectInfo(key: Self.key($0), byteCount: $0, modified: 0)
            },
            nextToken: end < objectCount ? String(end) : nil)
    }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        throw unsupported
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes { throw unsupported }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { throw unsupported }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { throw unsupported }

    private var unsupported: ObjectStoreError {
        ObjectStoreError(.unsupported, store: name, reason: "a listing without objects")
    }
}

/// A store whose listings show nothing of what it holds.
struct LaggingStore: ObjectStore {
    private let base: InMemoryStore

    init(_ base: InMemoryStore) { self.base = base }

    var name: String { base.name }

    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError) {
        try await base.put(key, bytes, sha256: sha256)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        try await base.get(key, range: range, maximumByteCount: maximumByteCount)
    }

    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo { try await base.head(key) }

    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage {
        ListPage(objects: [], nextToken: nil)
    }

    func delete(_ key: ObjectKey) async throws(ObjectStoreError) { try await base.delete(key) }
}
