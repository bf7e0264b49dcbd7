/// How thoroughly replicas are verified. Each level implies the ones before it.
public enum VerifyLevel: String, Sendable, CaseIterable {
    /// Names and sizes, from the listings.
    case list
    /// The SHA-256 that the provider itself keeps of every object, compared with its name.
    case checksum
    /// Every object is downloaded and its hash compared with its name.
    case read
    /// Every chunk that a snapshot refers to is opened too, and its content compared with its id.
    case decrypt

    /// 0 for the shallowest; the catalog has it.
    var depth: Int { Self.allCases.firstIndex(of: self)! }

    init?(depth: Int) {
        guard Self.allCases.indices.contains(depth) else { return nil }
        self = Self.allCases[depth]
    }

    /// Whether objects are downloaded.
    public var reads: Bool { depth >= VerifyLevel.read.depth }
}

extension VerifyLevel: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.depth < right.depth }
}
