public import ObjectStore

/// What a listing shows of one object on one replica.
public enum ListedObject: Hashable, Sendable {
    /// `modified` is when it arrived, by the provider's clock, in seconds since 1970.
    case present(byteCount: Int, modified: Int64)
    case absent
    /// The replica is not part of the survey, or its listing failed before this name. It is not known to be
    /// absent.
    case unknown

    public var byteCount: Int? {
        if case .present(let byteCount, _) = self { byteCount } else { nil }
    }
}

/// One name that the listings do not all show as it must be.
public struct SurveyRow: Hashable, Sendable {
    public let key: ObjectKey
    /// The needed object of that name; nil when nothing needs it.
    public let needed: NeededObject?
    /// One for each replica of the set.
    public internal(set) var listed: [ListedObject]

    public init(key: ObjectKey, needed: NeededObject?, listed: [ListedObject]) {
        self.key = key
        self.needed = needed
        self.listed = listed
    }

    /// What the row says without doubt: a needed object is missing, shorter or longer than needed; an object
    /// that nothing needs is a stray. Different sizes of an object whose size nothing states are in the row
    /// alone: which is right is for its bytes to tell.
    public var discrepancies: [Discrepancy] {
        listed.enumerated().compactMap { replica, listed in
            guard let kind = kind(of: listed) else { return nil }
            return Discrepancy(
                replica: replica, key: key, kind: kind, expectedByteCount: needed?.byteCount,
                foundByteCount: listed.byteCount)
        }
    }

    private func kind(of listed: ListedObject) -> Discrepancy.Kind? {
        switch (needed, listed) {
        case (_, .unknown), (nil, .absent): return nil
        case (_?, .absent): return .missing
        case (nil, .present): return .stray
        case (let needed?, .present(let byteCount, _)):
            guard let expected = needed.byteCount, expected != byteCount else { return nil }
            return byteCount < expected ? .truncated : .corrupt
        }
    }
}

/// A name in a replica's listing that is no name of ours: a stray that no `ObjectKey` can hold.
public struct ForeignName: Hashable, Sendable {
    public let replica: Int
    public let name: String
}

/// What the survey has found since the last batch.
public struct SurveyBatch: Sendable {
    /// In ascending order of the names, across batches too.
    public internal(set) var rows: [SurveyRow] = []
    public internal(set) var foreignNames: [ForeignName] = []

    var isEmpty: Bool { rows.isEmpty && foreignNames.isEmpty }
    var isFull: Bool { rows.count + foreignNames.count >= 1000 }
}

/// The survey's totals.
public struct SurveyReport: Sendable {
    /// The totals of one replica.
    public struct Replica: Sendable {
        /// Needed objects that it lists with the size needed, or with any size if none is stated.
        public internal(set) var rightCount = 0
        public internal(set) var rightByteCount = 0
        /// All objects that it lists, foreign names aside.
        public internal(set) var listedCount = 0
        /// Pages of listing, and objects, that were asked for.
        public internal(set) var requestCount = 0
        /// Why the listing could not be read to its end; the counts and rows then hold for what came before.
        public internal(set) var failure: ObjectStoreError?
    }

    public internal(set) var neededCount = 0
    /// One for each replica of the set; nil for one that was not part of the survey.
    public internal(set) var replicas: [Replica?]
}
