public import Crypto

/// One place that keeps objects by name: a bucket under a prefix, or a directory.
///
/// What every store guarantees, shown by the conformance suite on each of them:
/// - `put` returns only after the provider has acknowledged the whole object; an object is seen whole or not
///   at all, and a put of the same name replaces it.
/// - `get` returns exactly the bytes asked for, or throws; it does not check the hash.
/// - `list` is in ascending order of the names' bytes, without gaps and without repetition; anything else that
///   a provider answers is an error (`malformedAnswer`), never a shorter list.
/// - Cancelling the task ends the call with `cancelled`; a cancelled `put` may or may not have stored.
///
/// All calls may run at the same time, from any task. None blocks the thread of its caller.
public protocol ObjectStore: Sendable {
    /// The provider's name in the configuration, for messages.
    var name: String { get }

    /// Stores `bytes`, whose SHA-256 is `sha256`, under `key`, durably.
    func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async throws(ObjectStoreError)

    /// The object's bytes, or those of `range`, which must lie within the object and not be empty.
    ///
    /// An object larger than `maximumByteCount` is refused as `damaged` before it fills the memory.
    func get(_ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int) async throws(ObjectStoreError)
        -> ObjectBytes

    /// Reads the whole object and tells the SHA-256 of its bytes, none of which is kept.
    ///
    /// One larger than `maximumByteCount` is refused as `damaged`.
    func digest(of key: ObjectKey, maximumByteCount: Int) async throws(ObjectStoreError) -> ObjectDigest

    /// Size and time of an object, without its bytes.
    func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo

    /// As `head`, and asks for the SHA-256 that the provider itself keeps of the object. Most keep none.
    func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo

    /// Up to 1,000 objects whose names begin with `prefix` and come after `token`'s page.
    ///
    /// `prefix` is empty or made of the characters of names. An empty page with no next token is the end.
    func list(prefix: String, continuing token: String?) async throws(ObjectStoreError) -> ListPage

    /// Finds out whether a listing of many pages could be read to its end, by one of two pages.
    ///
    /// - Throws: `malformedAnswer` where it goes on in a way that nobody understands: what is stored there could neither be
    ///   verified nor healed.
    func requireListing() async throws(ObjectStoreError)

    /// Removes an object. One that is not there counts as removed.
    func delete(_ key: ObjectKey) async throws(ObjectStoreError)

    /// Gives the provider another chance, where the store leaves it alone after many failures.
    func beginPhase()

    /// Told that the store has delivered, whole, what was written to it before.
    func trust()
}

/// What the bytes of an object are, without them.
public struct ObjectDigest: Hashable, Sendable {
    public let sha256: SHA256Digest
    public let byteCount: Int

    public init(sha256: SHA256Digest, byteCount: Int) {
        self.sha256 = sha256
        self.byteCount = byteCount
    }
}

/// What a store tells of an object without its bytes.
public struct ObjectInfo: Hashable, Sendable {
    public let key: ObjectKey
    /// At most `greatestByteCount`.
    public let byteCount: Int
    /// When it arrived, by the provider's clock, in seconds since 1970; `unknownTime` where that cannot be read.
    public let modified: Int64
    /// The SHA-256 of the whole object that the provider made when it stored it and keeps beside it; nil when
    /// it was not asked for, or the provider has none.
    public let checksum: SHA256Digest?

    /// Later than any time: what came at a time that nobody knows may have come just now, and is spared.
    public static let unknownTime = Int64.max

    /// 64 GiB, which no object of a vault comes near: a greater size is held at that, so that the sizes of all that a
    /// memory holds can be added up.
    public static let greatestByteCount = 64 << 30
    /// From the year 0 to 9999.
    public static let times: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// Who tells size and time may be wrong or hostile: each is held within its bounds.
    public init(key: ObjectKey, byteCount: Int, modified: Int64, checksum: SHA256Digest? = nil) {
        self.key = key
        self.byteCount = min(max(byteCount, 0), Self.greatestByteCount)
        self.modified =
            modified == Self.unknownTime
            ? modified : min(max(modified, Self.times.lowerBound), Self.times.upperBound)
        self.checksum = checksum
    }
}

/// A part of a listing.
public struct ListPage: Sendable {
    public let objects: [ObjectInfo]
    /// Names under the prefix that are no object keys of ours, as the provider wrote them; they are strays.
    public let foreignNames: [String]
    /// What to give to `list` for the next page; nil at the end.
    public let nextToken: String?

    public init(objects: [ObjectInfo], foreignNames: [String] = [], nextToken: String?) {
        self.objects = objects
        self.foreignNames = foreignNames
        self.nextToken = nextToken
    }
}

extension ObjectStore {
    /// Most stores have pages of their own making.
    public func requireListing() async throws(ObjectStoreError) {}

    /// Most stores leave no provider alone.
    public func beginPhase() {}

    /// For stores that have the bytes at hand anyway.
    public func digest(
        of key: ObjectKey, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectDigest {
        let bytes = try await get(key, maximumByteCount: maximumByteCount)
        return ObjectDigest(sha256: bytes.withBytes { SHA256.hash($0) }, byteCount: bytes.count)
    }

    /// Most stores keep no checksum.
    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await head(key)
    }

    /// Most stores need no proof.
    public func trust() {}

    public func put(_ key: ObjectKey, _ bytes: [UInt8]) async throws(ObjectStoreError) {
        try await put(key, ObjectBytes(bytes), sha256: SHA256.hash(bytes))
    }

    public func get(_ key: ObjectKey, maximumByteCount: Int) async throws(ObjectStoreError) -> ObjectBytes {
        try await get(key, range: nil, maximumByteCount: maximumByteCount)
    }

    /// Every object under `prefix`, for prefixes known to hold few; a long listing belongs to a loop over
    /// `list(prefix:continuing:)`.
    ///
    /// - Parameter limit: how many are taken, some 150 bytes of memory each. Hourly snapshots of five collections are as many
    ///   after eleven years.
    /// - Throws: `malformedAnswer` where there are more.
    public func listAll(
        prefix: String, limit: Int = 500_000
    ) async throws(ObjectStoreError) -> [ObjectInfo] {
        var objects: [ObjectInfo] = []
        var token: String?
        repeat {
            let page = try await list(prefix: prefix, continuing: token)
            objects += page.objects
            guard objects.count <= limit else {
                throw ObjectStoreError(
                    .malformedAnswer, store: name, object: prefix,
                    reason: "it lists more than \(limit) objects, where there are few")
            }
            token = page.nextToken
        } while token != nil
        return objects
    }
}
