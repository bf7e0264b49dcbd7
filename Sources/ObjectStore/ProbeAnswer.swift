/// What a probe asks a provider. The raw values are API: the catalog and `--json` have them.
public enum ProbeQuestion: String, Sendable, Hashable, CaseIterable {
    case signature
    case clock
    case region
    case listOrder = "list_order"
    case listPaging = "list_paging"
    case rangeReads = "range_reads"
    case overwrite
    /// Whether an object as large as a pack is taken.
    case packSize = "pack_size"
    /// Whether what is stored stays, as far as the provider announces anything else.
    case keepsObjects = "keeps_objects"
    case payloadHash = "payload_hash"
    case contentMD5 = "content_md5"
    /// Whether the bucket refuses what comes without any checksum.
    case checksumWanted = "checksum_wanted"
    case checksumAccepted = "checksum_accepted"
    case checksumChecked = "checksum_checked"
    case checksumStored = "checksum_stored"
    case conditionalPut = "conditional_put"
    case presignedURLs = "presigned_urls"
    case deletes
    case versioning
    case lockStored = "lock_stored"
    case lockEnforced = "lock_enforced"
    case storageClasses = "storage_classes"
    case protects
}

/// One thing that a probe has found a provider to do.
public struct ProbeAnswer: Hashable, Sendable {
    /// The raw values are API, as those of the questions are.
    public enum Answer: String, Sendable, Hashable {
        case yes
        case no
        /// Taken without an error, and without effect.
        case ignored
        /// Refused with an error that says so.
        case unsupported
        /// Could not be found out.
        case unknown
    }

    public let question: ProbeQuestion
    public let answer: Answer
    /// What was seen, for people; empty when the answer says it all.
    public let detail: String

    public init(_ question: ProbeQuestion, _ answer: Answer, _ detail: String = "") {
        self.question = question
        self.answer = answer
        self.detail = detail
    }

    /// Whether no photo can be stored there while this is so.
    public var keepsFromStoring: Bool { answer == .no && question == .packSize }

    /// Why a person should care about this answer; nil for one that is as it should be.
    public var concern: String? {
        switch (question, answer) {
        case (.signature, .no): "whoever reaches this server reads and writes there, without a key"
        case (.clock, .no): "a request that somebody has recorded can be sent again at any time"
        case (.listOrder, .no): "listings cannot be compared: do not use this provider"
        case (.listPaging, .no): "a long listing may be cut: do not use this provider"
        case (.packSize, .no):
            "packs are refused: \(detail); raise the limit to 32 MiB (client_max_body_size of nginx, or the like)"
        case (.keepsObjects, .no): "\(detail): \(AnnouncedExpiry.hint)"
        case (.overwrite, .no): "a damaged object cannot be healed in its place"
        case (.conditionalPut, .ignored):
            "a condition that is silently ignored is worse than a refusal: nothing may rely on it"
        case (.presignedURLs, .ignored): "an address that anybody makes up is answered"
        case (.lockStored, .ignored): "lock_days has no effect here"
        case (.lockEnforced, .no): "lock_days protects nothing here: the lock is stored and not enforced"
        default: nil
        }
    }
}

/// What a probe of one provider has found.
public struct ProbeReport: Sendable {
    public let answers: [ProbeAnswer]
    /// Objects that the probe made and could not delete, each with the reason.
    public let leftBehind: [LeftObject]

    public struct LeftObject: Hashable, Sendable {
        public let name: String
        public let reason: String

        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    public init(answers: [ProbeAnswer], leftBehind: [LeftObject]) {
        self.answers = answers
        self.leftBehind = leftBehind
    }

    public subscript(_ question: ProbeQuestion) -> ProbeAnswer? {
        answers.first { $0.question == question }
    }
}

/// A store that finds out what its provider really does, instead of trusting a list.
///
/// All that a probe stores is named `probe/…`, where no listing of the vault takes it for its own, and is
/// deleted at the end as far as the credentials allow.
public protocol ProbedStore: ObjectStore {
    /// - Throws: when the provider cannot be asked at all: no connection, no bucket, a refused key.
    func probe() async throws(ObjectStoreError) -> ProbeReport
}

extension ProbedStore {
    /// Where a probe keeps its objects while it runs.
    public static var probePrefix: String { "probe/" }
}

extension ObjectKey {
    /// Whether this is a probe's own, which is on its way or could not be deleted: foreign and harmless.
    public var isOfProbe: Bool { rawValue.hasPrefix("probe/") }
}
