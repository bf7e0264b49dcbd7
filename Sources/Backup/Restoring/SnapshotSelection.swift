internal import ObjectStore
internal import Replicator
public import Vault

/// Which snapshot of a collection is meant: `COLLECTION[@SNAPSHOT]`, and at which time.
public struct SnapshotSelection: Sendable {
    public var collection: String
    /// The beginning of a snapshot's hash, its full name, or nil (and `latest`) for the newest.
    public var snapshot: String?
    /// The newest one that was finished by then.
    public var notAfter: UTCTime?

    public init(collection: String, snapshot: String? = nil, notAfter: UTCTime? = nil) {
        self.collection = collection
        self.snapshot = snapshot == "latest" ? nil : snapshot
        self.notAfter = notAfter
    }

    /// `NAME` or `NAME@SNAPSHOT`, split at the last `@`.
    public init(_ text: String) {
        if let at = text.lastIndex(of: "@"), at > text.startIndex {
            self.init(
                collection: String(text[..<at]), snapshot: String(text[text.index(after: at)...]))
        } else {
            self.init(collection: text)
        }
    }
}

/// No snapshot is the one that was asked for.
public struct SelectionError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let hint: String?

    static let nothingMeant = SelectionError(
        description: "the snapshot holds nothing of that name",
        hint: "paths begin with the source folder's own name; photobackup ls shows them")
}

extension OpenVault {
    /// Finds and reads the snapshot that is meant, from whatever replicas answer. One with a tombstone is found
    /// by its hash alone.
    ///
    /// - Throws: `SelectionError`, `ReplicaSetError`, `VaultError`, `ObjectStoreError` when no replica answers.
    public func find(
        _ selection: SnapshotSelection, warn: WarningHandler
    ) async throws -> (id: SnapshotID, snapshot: Snapshot) {
        let collection = keys.collectionID(name: selection.collection)
        let ids = try await snapshotIDs(of: collection, warn: warn)
        guard !ids.isEmpty else {
            throw SelectionError(
                description: "there is no snapshot of a collection \"\(selection.collection)\"",
                hint: "photobackup snapshots shows what there is")
        }
        let matching = try ids.filter { id in
            if let notAfter = selection.notAfter, id.time > notAfter { return false }
            guard let text = selection.snapshot else {
                return try !catalog.hasTombstone(
                    ObjectName.snapshot(collection, id.time, id.digest).key.rawValue)
            }
            return id.description == text || (text.utf8.count >= 4 && id.digest.hex.hasPrefix(text))
        }
        if selection.snapshot != nil, matching.count > 1 {
            throw SelectionError(
                description: "\(matching.count) snapshots of \(selection.collection) begin with these digits",
                hint: "give more digits")
        }
        var checkpoint: (id: SnapshotID, snapshot: Snapshot)?
        for id in matching.sorted(by: >) {
            do {
                let snapshot = try await readSnapshot(id, of: collection)
                if selection.snapshot != nil || !snapshot.isCheckpoint { return (id, snapshot) }
                // A run that was ended left it: the one before is whole.
                if checkpoint == nil { checkpoint = (id, snapshot) }
            } catch let error as VaultError {
                // Planted, or put under another name: nobody with the vault's key has written it there.
                warn(Warning(what: "snapshot \(id.short)", why: "passed over: \(error.reason)"))
            } catch let error as ReplicaSetError where selection.snapshot == nil && error.isOfBytes {
                // A name is easily made up. One that this machine knows to be true is an error where it is lost.
                if try catalog.hasSnapshot(id) { throw error }
                warn(Warning(what: "snapshot \(id.short)", why: "passed over: no replica has its bytes"))
            }
        }
        if let checkpoint {
            warn(
                Warning(
                    what: "snapshot \(checkpoint.id.short)",
                    why: "no run has come to its end yet; this is what one had stored by then"))
            return checkpoint
        }
        throw SelectionError(
            description: "\(selection.collection) has no such snapshot",
            hint: "photobackup snapshots shows what there is")
    }

    /// The names of a collection's snapshots on all replicas together.
    private func snapshotIDs(
        of collection: CollectionID, warn: WarningHandler
    ) async throws -> Set<SnapshotID> {
        let listing = await replicas.listSmallObjects([
            "\(ObjectName.snapshotsPrefix)\(collection.hex)/", ObjectName.tombstonesPrefix,
        ])
        let failures = listing.failures.compactMap { $0 }
        for failure in failures { warn(Warning(failure)) }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }
        try await learn(listing.only(ObjectName.tombstonesPrefix), warn: warn)
        var ids: Set<SnapshotID> = []
        for object in listing.objects.compactMap({ $0 }).joined() {
            guard case .snapshot(_, let time, let digest) = ObjectName(object.key) else { continue }
            ids.insert(SnapshotID(time: time, digest: digest))
        }
        return ids
    }
}

extension ReplicaSetError {
    /// Whether every replica answered, and none has bytes that are the name's.
    var isOfBytes: Bool {
        !failures.isEmpty && failures.allSatisfy { $0.error.code == .damaged || $0.error.code == .notFound }
    }
}
