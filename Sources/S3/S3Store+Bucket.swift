internal import Crypto
public import ObjectStore

/// What a store has learned of its provider, and what it has done that others want to know.
struct LearnedTraits {
    /// Whether a probe found that the provider takes `x-amz-checksum-sha256`. Some refuse headers that they do
    /// not know, so that without a probe none is sent.
    var takesChecksums = false
    /// Whether a probe found that the provider keeps what it is sent as a checksum without looking: that says what
    /// was meant to be stored, and nothing of what was.
    var checksumsAreUnchecked = false
    /// Whether the provider may be asked to encode the names in a listing.
    var encodesNames = true
    /// Whether deleting leaves versions behind; nil until the provider was asked.
    var keepsVersions: Bool?
    var newLocks: [(key: ObjectKey, until: Int64)] = []

    /// Locks beyond this are not told; whoever wants to know asks the provider.
    static let newLockLimit = 100_000
}

/// Locks, storage classes and checksums.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
extension S3Store: BucketStore {
    /// Whoever holds keys with every right (`s3:*`) may lift a lock in governance mode, so that it would protect
    /// from nobody who has stolen them; see docs/decisions.
    static let lockMode = "COMPLIANCE"

    public var lockDays: Int? { configuration.lockDays }
    public var isCold: Bool { configuration.storageClass?.isCold ?? false }

    public var announcedExpiry: AnnouncedExpiry? { session.announcedExpiry }

    /// By the `Date` of the last answer. Where there was none yet, by that of a listing below the prefix: HEAD of the
    /// bucket is more than a key that is limited to a prefix may ask.
    public func clockDifference() async throws(ObjectStoreError) -> Int64? {
        if let known = session.clockDifference { return known }
        _ = try await list(prefix: Self.probePrefix, continuing: nil)
        return session.clockDifference
    }

    public func learn(_ answers: [ProbeAnswer]) {
        func found(_ question: ProbeQuestion, _ answer: ProbeAnswer.Answer) -> Bool {
            answers.contains { $0.question == question && $0.answer == answer }
        }
        learned.withLock { learned in
            learned.takesChecksums = found(.checksumAccepted, .yes)
            learned.checksumsAreUnchecked = found(.checksumChecked, .no)
        }
        if found(.checksumWanted, .yes) { session.addMD5() }
    }

    public func details(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectDetails {
        let headers = try await session.perform(operation(.head, key)).headers
        var details = ObjectDetails(headers)
        details.expiry = AnnouncedExpiry(headers, object: key.rawValue)
        return details
    }

    /// As in `BucketStore`. Classes that have to be asked for have other names at each provider; the refusal of a read
    /// is the same everywhere.
    public func availability(
        _ key: ObjectKey
    ) async throws(ObjectStoreError) -> ObjectDetails.Availability {
        let told = try await details(key).availability
        guard told == .readable else { return told }
        do {
            _ = try await get(key, range: 0..<1, maximumByteCount: 1)
            return .readable
        } catch  where error.code == .inColdStorage {
            return .cold
        }
    }

    public func lock(_ key: ObjectKey, until time: Int64) async throws(ObjectStoreError) {
        let body = """
            <Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>\(Self.lockMode)</Mode>\
            <RetainUntilDate>\(Timestamp.iso8601(time))</RetainUntilDate></Retention>
            """
        _ = try await session.perform(operation(.put, key).with(query: "retention", body: body))
    }

    public func takeNewLocks() -> [(key: ObjectKey, until: Int64)] {
        learned.withLock { learned in
            defer { learned.newLocks = [] }
            return learned.newLocks
        }
    }

    public func requestRestore(_ key: ObjectKey, days: Int) async throws(ObjectStoreError) {
        do {
            try await requestRestore(key, "<Days>\(days)</Days>")
        } catch  where error.code == .malformedAnswer && error.reason.lowercased().contains("days") {
            // What Intelligent-Tiering has archived comes back for good.
            try await requestRestore(key, "")
        }
    }

    private func requestRestore(_ key: ObjectKey, _ days: String) async throws(ObjectStoreError) {
        let body = """
            <RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(days)\
            <GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters></RestoreRequest>
            """
        do {
            _ = try await session.perform(operation(.post, key).with(query: "restore", body: body))
        } catch  where error.code == .inColdStorage {
            return  // Asked for already.
        }
    }

    // MARK: Puts

    /// When the lock of what is put now ends, by the provider's clock.
    func lockEndOfPut() -> Int64? {
        configuration.lockDays.map { session.providerTime + Int64($0) * 86_400 }
    }

    func recordLock(_ key: ObjectKey, until time: Int64) {
        learned.withLock { learned in
            guard learned.newLocks.count < LearnedTraits.newLockLimit else { return }
            learned.newLocks.append((key, time))
        }
    }

    func storageClassRule(for key: ObjectKey) -> S3Configuration.StorageClassRule? {
        configuration.storageClass.flatMap { key.rawValue.hasPrefix($0.prefix) ? $0 : nil }
    }

    func putHeaders(
        _ key: ObjectKey, _ bytes: ObjectBytes, _ sha256: SHA256Digest, lockedUntil: Int64?
    ) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if learned.withLock({ $0.takesChecksums }) {
            headers.append(("x-amz-checksum-sha256", sha256.bytes.base64))
        } else if lockedUntil != nil {
            // A put with a lock has to carry one or the other.
            headers.append(("content-md5", bytes.withBytes { MD5.hash($0) }.base64))
        }
        if let lockedUntil {
            headers.append(("x-amz-object-lock-mode", Self.lockMode))
            headers.append(("x-amz-object-lock-retain-until-date", Timestamp.iso8601(lockedUntil)))
        }
        if let rule = storageClassRule(for: key) {
            headers.append(("x-amz-storage-class", rule.storageClass))
        }
        return headers + Self.webHeaders(key)
    }

    /// What a browser has to be told of the page of a link, and of what lies beside it. A link that was renewed or taken
    /// back must not live on in a cache.
    private static func webHeaders(_ key: ObjectKey) -> [(name: String, value: String)] {
        let type: String
        if key.rawValue.hasSuffix(".html") {
            type = "text/html; charset=utf-8"
        } else if key.rawValue.hasSuffix(".manifest") {
            type = "application/octet-stream"
        } else {
            return []
        }
        return [("content-type", type), ("cache-control", "no-cache")]
    }
}

extension ObjectDetails {
    /// What the headers of a HEAD tell.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    init(_ headers: HTTPHeaders) {
        self.init(
            storageClass: headers["x-amz-storage-class"],
            lockedUntil: headers["x-amz-object-lock-retain-until-date"]
                .flatMap { Timestamp.parse(iso8601: $0) })
        if let restore = headers["x-amz-restore"] {
            availability = restore.contains("ongoing-request=\"true\"") ? .returning : .readable
        } else if headers["x-amz-archive-status"] != nil
            || ["GLACIER", "DEEP_ARCHIVE"].contains(storageClass)
        {
            availability = .cold
        }
    }
}
