public import Crypto
public import ObjectStore
internal import Synchronization

/// A bucket of an S3-compatible service as a store.
///
/// Every request is signed with the SHA-256 of its body. Failures that pass are retried with growing waits;
/// a wrong region and a wrong clock are corrected once and remembered. Requests of one store share a thread
/// and its connections, which end with the store. Cancelling a task ends its transfer.
public final class S3Store: ObjectStore {
    public let configuration: S3Configuration
    package let session: S3Session
    /// Whether the provider has shown that what it acknowledges it also has.
    private let isTrusted = Mutex(false)
    let learned = Mutex(LearnedTraits())
    /// What said last that the bucket is not there. Some servers make one when something is put, without a lock and by any
    /// mistyped name: nothing is put before a listing finds it.
    let missingBucket = Mutex<ObjectStoreError?>(nil)

    static let namesAPage = 1000
    /// A page of names of 1,024 bytes each, with what XML adds, and some more.
    static let listByteLimit = 16 << 20
    /// How much of a put is read back.
    private static let sampleByteCount = 64 << 10

    /// Sends nothing yet.
    ///
    /// - Throws: `system` when libcurl or its thread cannot be started.
    public convenience init(_ configuration: S3Configuration) throws(ObjectStoreError) {
        try self.init(configuration, policy: RetryPolicy(), environment: .system)
    }

    init(
        _ configuration: S3Configuration, policy: RetryPolicy, environment: RetryEnvironment
    ) throws(ObjectStoreError) {
        self.configuration = configuration
        session = try S3Session(configuration, policy: policy, environment: environment)
    }

    public var name: String { configuration.name }

    /// Requests and bytes since the store was made.
    public var statistics: RequestStatistics { session.transport.statistics.snapshot }

    /// The region that requests are signed for: the configured one, or what the provider said instead.
    public var region: String { session.signing.region }

    /// By how many seconds the provider's clock is ahead of this machine's; 0 until a signature was refused
    /// because of it.
    public var clockOffset: Int64 { session.signing.clockOffset }

    /// Puts are not read back any more: the provider has delivered what was written to it before.
    public func trust() { isTrusted.withLock { $0 = true } }

    /// Gives a provider that was left alone (`suspended`) another chance.
    public func beginPhase() { session.budget.beginPhase() }

    // MARK: Objects

    /// As in `ObjectStore`. The answer must carry an ETag, and until one put of this store has been read back
    /// and compared, or the store is trusted, each is: an address that answers 200 to everything stores nothing.
    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        if let missing = missingBucket.withLock({ $0 }) { throw missing }
        var operation = operation(.put, key)
        operation.body = bytes
        operation.payloadHash = .sha256(sha256)
        let lockedUntil = lockEndOfPut()
        operation.headers = putHeaders(key, bytes, sha256, lockedUntil: lockedUntil)
        let response = try await session.perform(operation)
        guard response.headers["etag"]?.isEmpty == false else {
            throw malformed(key.rawValue, "the provider acknowledged the object without an ETag")
        }
        if let lockedUntil { recordLock(key, until: lockedUntil) }
        guard !isTrusted.withLock({ $0 }) else { return }
        let isReadable = storageClassRule(for: key)?.isCold != true
        try await readBack(key, bytes, sampleByteCount: isReadable ? Self.sampleByteCount : 0)
        if isReadable { isTrusted.withLock { $0 = true } }
    }

    private func readBack(
        _ key: ObjectKey, _ bytes: ObjectBytes, sampleByteCount: Int
    ) async throws(ObjectStoreError) {
        let info: ObjectInfo
        do {
            info = try await head(key)
        } catch  where error.code == .notFound {
            throw malformed(key.rawValue, "the provider acknowledged the object, but does not have it")
        }
        guard info.byteCount == bytes.count else {
            throw malformed(
                key.rawValue, "the provider acknowledged the object, but has another length of it")
        }
        let sample = 0..<min(bytes.count, sampleByteCount)
        guard !sample.isEmpty else { return }
        let stored = try await get(key, range: sample, maximumByteCount: sample.count)
        let isSame = stored.withUnsafeBytes { stored in
            bytes.withUnsafeBytes { $0[sample].elementsEqual(stored) }
        }
        guard isSame else {
            throw malformed(
                key.rawValue, "the provider acknowledged the object, but answers other bytes for it")
        }
    }

    /// As in `ObjectStore`. A provider that answers the whole object to a range is understood; what lies
    /// outside of the range is received and dropped.
    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        var operation = operation(.get, key)
        operation.maximumByteCount = maximumByteCount
        if let range {
            precondition(range.lowerBound >= 0 && !range.isEmpty, "a range within the object, and not empty")
            guard range.count <= maximumByteCount else {
                throw error(
                    .damaged, key.rawValue, "\(range.count) bytes asked for, \(maximumByteCount) allowed")
            }
            operation.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
            operation.keptRange = range
        }
        var response = try await session.perform(operation)
        if range != nil, case .other = ReceivedObject(response, range: range).verdict {
            // What is on the way may have changed the range, or cannot do any: the whole object does as well.
            operation.headers = []
            response = try await session.perform(operation)
        }
        try await check(response, of: key, range: range) { response.body.withBytes { SHA256.hash($0) } }
        return response.body
    }

    /// Whether the answer is what was asked for. Where its own words do not tell, the hash in the name does; where that
    /// is another, and the length may be too, it says nothing about the object.
    private func check(
        _ response: HTTPResponse, of key: ObjectKey, range: Range<Int>?, digest: () -> SHA256Digest
    ) async throws(ObjectStoreError) {
        switch ReceivedObject(response, range: range).verdict {
        case .exact: return
        case .wrong(let reason): throw error(.damaged, key.rawValue, reason)
        case .other(let reason): throw malformed(key.rawValue, reason)
        case .doubtful(let reason):
            if let named = key.contentDigest, named == digest() { return }
            let headers = try await session.perform(operation(.head, key)).headers
            guard headers.contentLength == response.receivedByteCount else {
                throw malformed(key.rawValue, "\(reason), and what came cannot be checked")
            }
        }
    }

    /// As in `ObjectStore`: what comes in is hashed on the transport's thread, while it is in the processor's cache.
    public func digest(
        of key: ObjectKey, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectDigest {
        var operation = operation(.get, key)
        operation.maximumByteCount = maximumByteCount
        operation.isHashed = true
        let response = try await session.perform(operation)
        guard let digest = response.digest else { preconditionFailure("a body that was to be hashed") }
        try await check(response, of: key, range: nil) { digest }
        return ObjectDigest(sha256: digest, byteCount: response.receivedByteCount)
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await head(key, headers: [])
    }

    /// As in `ObjectStore`. Only what was stored with a checksum has one; one that was put together from parts
    /// is not that of the object's bytes, and does not count.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    public func headWithChecksum(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        let info = try await head(key, headers: [("x-amz-checksum-mode", "ENABLED")])
        guard learned.withLock({ $0.checksumsAreUnchecked }) else { return info }
        return ObjectInfo(key: key, byteCount: info.byteCount, modified: info.modified)
    }

    private func head(
        _ key: ObjectKey, headers: [(name: String, value: String)]
    ) async throws(ObjectStoreError) -> ObjectInfo {
        var operation = operation(.head, key)
        operation.headers = headers
        let response: HTTPResponse
        do {
            response = try await session.perform(operation)
        } catch  where [.notFound, .accessDenied, .malformedAnswer].contains(error.code) {
            // A HEAD's failure has no body that tells a missing object from a missing bucket: a GET's has.
            _ = try await get(key, range: 0..<1, maximumByteCount: 1)
            throw error
        }
        let byteCount =
            if let told = response.headers.contentLength, told >= 0 {
                told
            } else {
                try await lengthByReading(key)
            }
        let modified = response.headers["last-modified"].flatMap { Timestamp.parse(httpDate: $0) }
        return ObjectInfo(
            key: key, byteCount: byteCount, modified: modified ?? ObjectInfo.unknownTime,
            checksum: response.headers.checksum)
    }

    /// What stands before a provider may drop the length from an answer without a body.
    private func lengthByReading(_ key: ObjectKey) async throws(ObjectStoreError) -> Int {
        var operation = operation(.get, key)
        operation.headers = [("range", "bytes=0-0")]
        operation.keptRange = 0..<1
        let response = try await session.perform(operation)
        if let total = response.headers.contentRange?.total { return total }
        guard response.status == 200, response.headers.contentRange == nil else {
            throw malformed(key.rawValue, "the provider does not tell the object's length")
        }
        return response.receivedByteCount
    }

    /// As in `ObjectStore`. One that is not there counts as removed.
    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        do {
            _ = try await session.perform(operation(.delete, key))
        } catch  where error.code == .notFound {
            return
        }
    }

    // MARK: Names and errors

    var keyPrefix: String { configuration.prefix.isEmpty ? "" : configuration.prefix + "/" }

    func operation(_ method: HTTPRequest.Method, _ key: ObjectKey) -> S3Operation {
        S3Operation(method: method, key: keyPrefix + key.rawValue, object: key.rawValue)
    }

    private func error(_ code: ObjectStoreError.Code, _ object: String, _ reason: String) -> ObjectStoreError
    {
        ObjectStoreError(code, store: name, object: object, reason: reason)
    }

    func malformed(_ object: String, _ reason: String) -> ObjectStoreError {
        FailureContext(configuration: configuration, object: object.isEmpty ? nil : object, region: region)
            .malformed(reason)
    }
}

extension RetryEnvironment {
    static let system = RetryEnvironment(
        now: Timestamp.now, random: { .random(in: 0...1) }, sleep: { try await Task.sleep(for: $0) })
}
