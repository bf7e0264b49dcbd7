internal import Crypto
package import ObjectStore
package import Replicator
public import Vault

/// Which snapshot of a collection is meant: `COLLECTION[@SNAPSHOT]`, and at which time.
public struct SnapshotSelection: Sendable {
    public var collection: String
    /// The beginning of a snapshot's hash, its full name, or nil (and `latest`) for the newest.
    public var snapshot: String?
    /// The newest one that was finished by then.
    public var notAfter: UTCTime?
    /// The machine that has made it, where several back up under one name; this one if nil.
    public var host: String?
    /// Whether the newest of all machines is meant.
    var isOfAnyMachine = false

    public init(
        collection: String, snapshot: String? = nil, notAfter: UTCTime? = nil, host: String? = nil
    ) {
        self.collection = collection
        self.host = host
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

/// A snapshot that was asked for.
public struct FoundSnapshot: Sendable {
    public let id: SnapshotID
    public let snapshot: Snapshot
    /// Newer ones that were meant and that no replica has: hidden, or their bytes lost.
    public let passedOver: [SnapshotID]
    /// Paths that were named and that it does not have; what was named besides was done.
    public internal(set) var missing: [MissingPath] = []

    package init(id: SnapshotID, snapshot: Snapshot, passedOver: [SnapshotID]) {
        self.id = id
        self.snapshot = snapshot
        self.passedOver = passedOver
    }
}

/// No snapshot is the one that was asked for.
public struct SelectionError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let hint: String?

    package init(description: String, hint: String?) {
        self.description = description
        self.hint = hint
    }

    static let nothingMeant = SelectionError(
        description: "the snapshot holds nothing that is meant",
        hint: "photobackup ls shows what it holds")
}

extension OpenVault {
    /// Finds and reads the snapshot that is meant, from whatever replicas answer. One with a tombstone is found
    /// by its hash alone.
    ///
    /// Where machines have histories of their own under one name, this machine's is meant, or that of the selection's host.
    ///
    /// Where a newer one is meant and cannot be had, since every replica that answers hides it or has lost its bytes,
    /// the newest that can is found; the others are warned of and in the result.
    ///
    /// - Throws: `SelectionError`, `ReplicaSetError`, `VaultError`, `ObjectStoreError` when no replica answers.
    public func find(
        _ selection: SnapshotSelection, warn: WarningHandler
    ) async throws -> FoundSnapshot {
        let collection = keys.collectionID(name: selection.collection)
        let (ids, hidden, listing) = try await snapshotIDs(of: collection, warn: warn)
        guard !ids.isEmpty else {
            guard hidden.isEmpty else {
                throw SelectionError(
                    description:
                        "no replica shows a snapshot of \(selection.collection), though there were \(hidden.count)",
                    hint: "photobackup snapshots shows what there is")
            }
            throw SelectionError(
                description: "there is no snapshot of a collection \"\(selection.collection)\"",
                hint: try await hint(forUnknown: selection.collection))
        }
        var passedOver: Set<SnapshotID> = selection.snapshot == nil ? hidden.filter(selection.isInTime) : []
        let matching = try ids.filter { id in
            guard selection.isInTime(id) else { return false }
            guard selection.snapshot == nil else { return selection.isNamed(id) }
            return try !catalog.hasTombstone(
                ObjectName.snapshot(collection, id.time, id.digest).key.rawValue)
        }
        if selection.snapshot != nil, matching.count > 1 {
            throw SelectionError(
                description: "\(matching.count) snapshots of \(selection.collection) begin with these digits",
                hint: "give more digits of the hash")
        }
        var checkpoint: (id: SnapshotID, snapshot: Snapshot)?
        for id in try await order(of: Set(matching), selection, collection, listing, warn: warn) {
            do {
                let snapshot = try await readSnapshot(id, of: collection)
                guard selection.snapshot != nil || !snapshot.isCheckpoint else {
                    // A run that was ended left it: the one before is whole.
                    if checkpoint == nil { checkpoint = (id, snapshot) }
                    continue
                }
                return found(id, snapshot, passedOver, hidden: hidden, warn: warn)
            } catch let error as VaultError {
                // Planted, or put under another name: nobody with the vault's key has written it there. But a later
                // program may have.
                let key = ObjectName.snapshot(collection, id.time, id.digest).key
                if try isOfLaterFormat(key, error) { passedOver.insert(id) }
                warn(Warning(what: "snapshot \(id.short)", why: "passed over: \(error.reason)"))
            } catch let error as ReplicaSetError where selection.snapshot == nil && error.isOfBytes {
                // A name is easily made up. One that this machine knows to be true is an error where it is lost.
                if try catalog.hasSnapshot(id) { throw error }
                passedOver.insert(id)
                warn(Warning(what: "snapshot \(id.short)", why: "passed over: no replica has its bytes"))
            }
        }
        if let checkpoint {
            warn(
                Warning(
                    what: "snapshot \(checkpoint.id.short)",
                    why: "no run has come to its end yet; this is what one had stored by then"))
            return found(
                checkpoint.id, checkpoint.snapshot, passedOver, hidden: hidden, warn: warn)
        }
        throw SelectionError(
            description: "\(selection.collection) has no such snapshot",
            hint: "photobackup snapshots shows what there is")
    }

    /// The snapshot, with those that were meant instead; of the hidden ones nobody has been warned yet.
    private func found(
        _ id: SnapshotID, _ snapshot: Snapshot, _ passedOver: Set<SnapshotID>, hidden: Set<SnapshotID>,
        warn: WarningHandler
    ) -> FoundSnapshot {
        let missed = passedOver.filter { $0 > id }.sorted()
        for newer in missed where hidden.contains(newer) {
            let made = newer.time.iso8601
            warn(
                Warning(
                    what: "snapshot \(newer.short)",
                    why: "passed over: it was made \(made), and no replica that answers shows it"))
        }
        return FoundSnapshot(id: id, snapshot: snapshot, passedOver: missed)
    }

    /// The names of a collection's snapshots on all replicas together, and of those that have been there, have no
    /// tombstone, and are shown by none.
    private func snapshotIDs(
        of collection: CollectionID, warn: WarningHandler
    ) async throws -> (shown: Set<SnapshotID>, hidden: Set<SnapshotID>, listing: SmallObjectListing) {
        let listing = await replicas.listSmallObjects([
            ObjectName.tombstonesPrefix, ObjectName.inventoryPrefix, ObjectName.snapshotsPrefix,
        ])
        let failures = listing.failures.compactMap { $0 }
        for failure in failures { warn(Warning(failure)) }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }
        try await learn(listing.only(ObjectName.tombstonesPrefix), warn: warn)
        // The newest of each name those that are missing, if any does; but one that is planted must not hide it.
        let newest = listing.newest(2)
        try await learn(newest, warn: warn)
        if try newest.holders.keys.contains(where: { try !catalog.isKnown($0) }) {
            try await learn(listing, warn: warn)
        }
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let prefix = "\(ObjectName.snapshotsPrefix)\(collection.hex)/"
        let shown = listing.only(prefix).objects.compactMap { $0 }.joined().compactMap { SnapshotID($0.key) }
        let hidden = try freshness.lostSnapshots(under: prefix).compactMap { SnapshotID($0) }
        return (Set(shown), Set(hidden), listing.only(prefix))
    }
}

extension SnapshotSelection {
    package func isInTime(_ id: SnapshotID) -> Bool { notAfter.map { id.time <= $0 } ?? true }

    /// Whether the name is the one that was given, or begins with it; every name where none was.
    package func isNamed(_ id: SnapshotID) -> Bool {
        guard let snapshot else { return true }
        return id.description == snapshot
            || (snapshot.utf8.count >= 4 && id.digest.hex.hasPrefix(snapshot))
    }
}

extension SnapshotID {
    /// The snapshot that an object's name tells; nil for another object.
    package init?(_ key: ObjectKey) {
        guard case .snapshot(_, let time, let digest) = ObjectName(key) else { return nil }
        self.init(time: time, digest: digest)
    }
}

extension SmallObjectListing {
    /// The last `count` of each folder that are shown: the newest inventories, and the newest snapshots of each
    /// collection.
    fileprivate func newest(_ count: Int) -> SmallObjectListing {
        var newest = self
        newest.objects = objects.map { objects in
            objects.map { objects in
                Dictionary(grouping: objects) { $0.key.rawValue.split(separator: "/").dropLast() }
                    .values.flatMap { $0.sorted { $0.key < $1.key }.suffix(count) }
            }
        }
        return newest
    }
}

extension ReplicaSetError {
    /// Whether every replica answered, and none has bytes that are the name's.
    package var isOfBytes: Bool {
        !failures.isEmpty && failures.allSatisfy { $0.error.code == .damaged || $0.error.code == .notFound }
    }
}
