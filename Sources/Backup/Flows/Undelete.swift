internal import Crypto
internal import ObjectStore
internal import Replicator
public import Vault

/// A snapshot that was forgotten and is there again.
public struct UndeletedSnapshot: Sendable {
    /// What it was called.
    public let forgotten: SnapshotID
    /// What it is called now: the same content, time, device and tags, sealed anew.
    public let snapshot: SnapshotID
    public let collection: String
}

extension OpenVault {
    /// The forgotten snapshots that no prune has begun to delete, oldest first.
    ///
    /// - Throws: `ReplicaSetError`, `VaultError`, `CatalogError`.
    public func forgottenSnapshots(warn: @escaping WarningHandler) async throws -> [SnapshotSummary] {
        let listing = try await synchronise(warn: warn)
        var forgotten: [SnapshotSummary] = []
        for (key, holder) in listing.only(ObjectName.snapshotsPrefix).holders {
            guard case .snapshot(let collection, let time, let digest) = ObjectName(key),
                let tombstone = try catalog.tombstone(of: key), !tombstone.isDeleting
            else { continue }
            let id = SnapshotID(time: time, digest: digest)
            forgotten.append(
                SnapshotSummary(id, try await readSnapshot(id, of: collection, from: holder.replicas)))
        }
        return forgotten.sorted { $0.id < $1.id }
    }

    /// Brings back forgotten snapshots, as long as no prune has begun to delete them: commits a new snapshot with the
    /// old content. A name with a tombstone is never put again.
    ///
    /// - Parameter names: the beginnings of their hashes, or their names.
    /// - Throws: `RetentionError`; what was brought back before stays. `QuorumError`, `ReplicaSetError`.
    public func undelete(_ names: [String], warn: @escaping WarningHandler) async throws
        -> [UndeletedSnapshot]
    {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        let holders = listing.only(ObjectName.snapshotsPrefix).holders
        let forgotten = try holders.keys.filter { try catalog.hasTombstone($0.rawValue) }
        var undeleted: [UndeletedSnapshot] = []
        for name in names {
            let key = try Self.snapshot(name, among: forgotten)
            undeleted.append(try await undelete(key, on: holders[key]?.replicas ?? [], warn: warn))
        }
        return undeleted
    }

    private func undelete(
        _ key: ObjectKey, on holders: [Int], warn: @escaping WarningHandler
    ) async throws -> UndeletedSnapshot {
        guard case .snapshot(let collectionID, let time, let digest) = ObjectName(key) else {
            preconditionFailure("a snapshot is named by its time and hash")
        }
        let old = SnapshotID(time: time, digest: digest)
        let needs = try PackNeeds(vault: self)
        try await needs.add([key])
        try requireUndoomed(key, needs)
        let sealed = try await readSealedSnapshot(old, of: collectionID)
        var snapshot = try sealed.open(as: old, of: collectionID, keys: keys)
        snapshot.named = try objectsToName()
        // In its own epoch: who could open it before can again, and nobody else.
        let (new, bytes) = snapshot.sealed(
            in: collectionID, try sealed.collectionEpoch(keys: keys), vault: id, by: keyring.signingKey)
        let name = ObjectName.snapshot(collectionID, new.time, new.digest)
        // Where the old one is, everything is that it needs; the others catch up.
        try await store(
            name, bytes, on: holders,
            ineligible: Dictionary(
                uniqueKeysWithValues: replicas.stores.indices.filter { !holders.contains($0) }
                    .map { ($0, "it does not have the forgotten snapshot") }))
        try catalog.record(snapshot, id: new, isLearned: false)
        // A prune may have begun meanwhile: it looks for snapshots after its markers, and this looks for those.
        try await learnTombstones(warn: warn)
        do {
            try requireUndoomed(key, needs)
        } catch {
            try await putTombstone(of: [name.key], .marked)
            throw error
        }
        return UndeletedSnapshot(forgotten: old, snapshot: new, collection: snapshot.collectionName)
    }

    private func requireUndoomed(_ key: ObjectKey, _ needs: PackNeeds) throws {
        let isDeleting = try catalog.tombstone(of: key)?.isDeleting ?? false
        guard !isDeleting, try !needs.isAnyDoomed() else {
            throw RetentionError(
                .tooLate, "snapshot \(SnapshotID(key)?.short ?? key.rawValue) is being deleted by a prune",
                hint: "what an earlier or later snapshot has of it can still be restored")
        }
    }
}
