internal import ObjectStore
internal import Replicator
public import Vault

/// Which snapshots are to be forgotten.
public struct ForgetRequest: Sendable {
    public enum Choice: Sendable {
        /// What a policy does not keep, of these collections (all, if none is named).
        case policy(RetentionPolicy, collections: [String])
        /// Those whose hash, or name, begins so.
        case snapshots([String])
    }

    public var choice: Choice
    public var isDryRun: Bool

    public init(_ choice: Choice, isDryRun: Bool = false) {
        self.choice = choice
        self.isDryRun = isDryRun
    }
}

/// What was forgotten, and what stays.
public struct ForgetSummary: Sendable {
    /// The snapshots of one collection and device.
    public struct Group: Sendable {
        public let collection: String
        public let host: String
        /// Newest first.
        public let decisions: [RetentionPolicy.Decision]
    }

    /// What a policy has decided, by collection and device; none where snapshots were named.
    public internal(set) var groups: [Group] = []
    /// Oldest first.
    public internal(set) var forgotten: [SnapshotID] = []
    /// The names of replicas that have not taken the tombstones yet: they get them when they catch up.
    public internal(set) var behind: [String] = []
}

extension OpenVault {
    /// Forgets snapshots: writes a tombstone for them to a quorum of replicas. Nothing is deleted by that: `undelete`
    /// brings them back until a prune deletes them, days later.
    ///
    /// - Throws: `RetentionError` for a policy that keeps nothing, and for a snapshot that is not there;
    ///   `QuorumError`, `AnotherRunError`, `CatalogError`, `ObjectStoreError` when no replica answers.
    public func forget(_ request: ForgetRequest, warn: @escaping WarningHandler) async throws -> ForgetSummary
    {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        let failures = listing.failures.compactMap { $0 }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }

        var summary = ForgetSummary()
        let doomed: [ObjectKey]
        switch request.choice {
        case .policy(let policy, let collections):
            summary.groups = try decide(policy, collections)
            let ids = Set(summary.groups.flatMap(\.decisions).filter { !$0.isKept }.map(\.candidate.id))
            doomed = try catalog.snapshots().filter { ids.contains($0.id) }.map(\.head.key)
        case .snapshots(let names):
            let known = try catalog.neededObjects(prefix: ObjectName.snapshotsPrefix).map(\.key)
            doomed = try Array(Set(names.map { try Self.snapshot($0, among: known) })).sorted()
        }
        summary.forgotten = doomed.compactMap { SnapshotID($0) }.sorted()
        guard !request.isDryRun, !doomed.isEmpty else { return summary }
        let takers = try await putTombstone(of: doomed, .marked)
        summary.behind = replicas.stores.indices.filter { !takers.contains($0) }.map { replicas.names[$0] }
        return summary
    }

    /// - Throws: `RetentionError` where a collection's every snapshot of a device would go: that is never meant by a
    ///   policy, and can be said by name.
    private func decide(_ policy: RetentionPolicy, _ collections: [String]) throws -> [ForgetSummary.Group] {
        guard !policy.isEmpty else {
            throw RetentionError(
                .refused, "no rule says what to keep, and everything would go")
        }
        let snapshots = try catalog.snapshots()
        for name in collections where !snapshots.contains(where: { $0.collectionName == name }) {
            throw RetentionError(
                .notFound, "there is no snapshot of a collection \"\(name)\"",
                hint: try hint(forUnlisted: name))
        }
        let meant = snapshots.filter { collections.isEmpty || collections.contains($0.collectionName) }
        let groups = Dictionary(grouping: meant) { GroupKey(collection: $0.collection, device: $0.device) }
        return try groups.values.map { snapshots in
            let newest = snapshots.max { $0.id < $1.id }!
            let decisions = policy.decide(
                snapshots.map {
                    RetentionPolicy.Candidate(id: $0.id, tags: $0.tags, isCheckpoint: $0.isCheckpoint)
                }, now: .now())
            guard decisions.contains(where: \.isKept) else {
                throw RetentionError(
                    .refused,
                    "the rules keep no snapshot of \(newest.collectionName) by \(newest.host), and it would be gone",
                    hint: "add --keep-last 1; what is meant to go can be named: photobackup forget SNAPSHOT")
            }
            return ForgetSummary.Group(
                collection: newest.collectionName, host: newest.host, decisions: decisions)
        }.sorted { ($0.collection, $0.host) < ($1.collection, $1.host) }
    }

    private struct GroupKey: Hashable {
        let collection: CollectionID
        let device: DeviceID
    }

    /// The one snapshot among `known` whose hash or name begins with `text`.
    static func snapshot(_ text: String, among known: [ObjectKey]) throws(RetentionError) -> ObjectKey {
        let matching = known.filter { key in
            guard let id = SnapshotID(key) else { return false }
            return text.count >= 4 && id.digest.hex.hasPrefix(text) || id.description == text
        }
        guard let first = matching.first else {
            throw RetentionError(
                .notFound, "no snapshot is called \"\(text)\"",
                hint: "photobackup snapshots shows what there is; four digits of the hash are the least")
        }
        guard matching.count == 1 else {
            throw RetentionError(
                .notFound, "\(matching.count) snapshots are called \"\(text)\"",
                hint: "give more digits of the hash")
        }
        return first
    }
}
