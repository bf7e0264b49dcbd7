internal import Crypto
internal import ObjectStore
public import Vault

/// The hash of a snapshot that a person wrote down: what the replicas show must be as new as that.
///
/// It closes what nothing else can: a replica that shows an old state, whole and consistent, to a machine that remembers
/// nothing.
public struct ExpectedHead: Sendable, Hashable, CustomStringConvertible {
    /// A snapshot's whole name, or at least 8 digits of its hash.
    public let description: String
    private let isName: Bool

    /// nil for what is neither.
    public init?(_ text: String) {
        isName = SnapshotID(text) != nil
        let isHash =
            (8...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isName || isHash else { return nil }
        description = text
    }

    /// Whether that snapshot is meant.
    public func matches(_ id: SnapshotID) -> Bool {
        isName ? id.description == description : id.digest.hex.hasPrefix(description)
    }
}

/// No replica shows the snapshot that a person wrote down, nor anything that comes after it.
public struct HeadError: Error, Sendable, CustomStringConvertible {
    public let head: ExpectedHead

    public init(head: ExpectedHead) { self.head = head }

    public var description: String {
        "no replica shows snapshot \(head), nor anything signed that names it: what they show is older, or incomplete"
    }
    public var hint: String {
        "check the hash; then ask another provider, or a machine that remembers more (photobackup status)"
    }
}

extension Freshness {
    /// Whether a replica shows the snapshot, or something signed that names it: a later snapshot or inventory, or a
    /// tombstone. A name that nothing proves does not count.
    func shows(_ head: ExpectedHead) throws -> Bool {
        try provenSnapshots().contains { key in
            guard let id = SnapshotID(key), head.matches(id) else { return false }
            return try isShown(key) || namers(of: key).contains { isShown($0) }
        }
    }
}

extension AuditedVault {
    /// Demands that what the replicas show is as new as `head`.
    ///
    /// - Throws: `HeadError`; what `synchronise` throws.
    public func require(_ head: ExpectedHead, warn: @escaping WarningHandler) async throws {
        let listing = try await synchronise(warn: warn)
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        guard try freshness.shows(head) else { throw HeadError(head: head) }
    }
}
