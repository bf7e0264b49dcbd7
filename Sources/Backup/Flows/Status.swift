public import Crypto
internal import ObjectStore
public import Replicator
public import Vault

/// What is protected, where, and how fresh it is.
public struct VaultStatus: Sendable {
    public struct Collection: Sendable {
        public let name: String
        public let snapshot: SnapshotID
        public let host: String
        public let fileCount: Int
        public let byteCount: UInt64
        public let unreadableCount: Int
        public let snapshotCount: Int
    }

    public struct Replica: Sendable {
        public let standing: ReplicaStanding
        /// Small objects that it once had, or must have had, and does not show.
        public let objectsStale: Int
        /// Small objects that a quorum shows, it does not, and this machine has not read yet.
        public let objectsUnread: Int
        /// Why `lock_days` protects nothing there; nil where it does, as far as is known, or is not asked for.
        public let missingLock: String?

        public var name: String { standing.name }
        public var isReachable: Bool { standing.failure == nil }
        public var packsMissing: Int { standing.packsMissing }
        public var objectsMissing: Int { standing.objectsMissing + objectsUnread }

        /// Since when everything on it has been verified, for each level at which that can be said: a part of it,
        /// or a run that was ended by its budget, is not everything.
        public let verified: [VerifyLevel: UTCTime]

        /// The newest of them, and the deepest level of that time.
        public var lastVerified: (level: VerifyLevel, time: UTCTime)? {
            verified.max { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
        }
    }

    public let vault: VaultID
    /// What a machine without the keys audits the vault with.
    public let signingKey: VerificationKey?
    public let collections: [Collection]
    public let replicas: [Replica]
    /// What nothing needs any more, as the last prune has found; nil where there was none on this machine.
    public let deadSpace: DeadSpace?
    /// When the words of an emergency kit were typed back last; nil where they never were.
    public let kitTested: UTCTime?
    /// The last drill that any machine has done; nil where there was none.
    public let lastDrill: DrillRecord?
    /// Replicas that are one place, and one copy: the names of each such place.
    public let sharedPlaces: [[String]]
    /// The snapshot that was written down, if what the replicas show is older.
    public let missingHead: ExpectedHead?

    public var isDamaged: Bool { replicas.contains { $0.standing.damageCount > 0 } || missingHead != nil }

    /// A replica lacks something, does not answer though it should, or does not lock what it is to lock; or two are one.
    public var isBehind: Bool {
        !sharedPlaces.isEmpty
            || replicas.contains { $0.standing.isBehind || $0.objectsUnread > 0 || $0.missingLock != nil }
    }
}

extension VaultAccess {
    /// What this machine knows of the vault, held against what the providers list now. Needs no secret where the
    /// catalog has been filled; where it has not, or knows nothing of `expectedHead`, the vault is opened for that.
    public func status(expectedHead: ExpectedHead? = nil) async throws -> VaultStatus {
        if let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) {
            let catalog = try openCatalog(of: vault)
            if try catalog.isSynchronised() {
                let status = try await status(vault, catalog, expectedHead)
                if status.missingHead == nil { return status }
            }
        }
        let vault = try await open()
        return try status(vault.id, vault.catalog, try await vault.synchronise(warn: warn), expectedHead)
    }

    private func status(
        _ vault: VaultID, _ catalog: Catalog, _ head: ExpectedHead?
    ) async throws -> VaultStatus {
        let replicas = makeReplicas()
        _ = try number(replicas, in: catalog)
        let listing = await replicas.listSmallObjects(ObjectName.synchronisedPrefixes)
        let catalogReplicas = try catalog.replicas(
            providers.map { (location: $0.location, name: $0.store.name) })
        try await catalog.noteExpiries(
            catalogReplicas.enumerated().map { ($1, replicas.stores[$0], listing.failures[$0] == nil) },
            isAsking: true)
        return try status(vault, catalog, listing, head)
    }

    private func status(
        _ vault: VaultID, _ catalog: Catalog, _ listing: SmallObjectListing, _ head: ExpectedHead?
    ) throws -> VaultStatus {
        let set = makeReplicas()
        try set.countPlaces(of: providers.map(\.location), in: catalog)
        let quorum = set.quorum
        let catalogReplicas = try catalog.replicas(
            providers.map { (location: $0.location, name: $0.store.name) })
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let replicas = try catalogReplicas.enumerated().map { index, replica in
            // A replica without small objects that it once had may have lost anything, whatever it was when it
            // was verified.
            let stale = try freshness.absent(on: index).filter { $0.kind == .stale }.map(\.key)
            let newlyStale = try stale.count { key in
                try !catalog.isDamaged(key, on: replica)
                    && (catalog.isConfirmed(key, by: replica) || !catalog.wasConfirmed(key, by: replica))
            }
            let standing = try catalog.standing(
                of: replica, failure: listing.failures[index],
                expectedEvery: providers[index].expectedEvery, lostObjectCount: newlyStale)
            return VaultStatus.Replica(
                standing: standing, objectsStale: stale.count,
                objectsUnread: try freshness.unread(on: index, quorum: quorum),
                missingLock: (providers[index].store as? any BucketStore)?.lockDays == nil
                    ? nil : try catalog.missingLock(at: replica.location),
                verified: try catalog.coverage(of: replica))
        }
        let isHeadMissing = try head.map { try !freshness.shows($0) } ?? false
        return VaultStatus(
            vault: vault, signingKey: try? state.signingKey(of: vault),
            collections: try catalog.collectionStatus(), replicas: replicas,
            deadSpace: try catalog.deadSpace(), kitTested: try catalog.kitTested(),
            lastDrill: try catalog.lastDrill(), sharedPlaces: set.sharedPlaces,
            missingHead: isHeadMissing ? head : nil)
    }
}

extension Discrepancy.Kind {
    /// Lost or altered, in contrast to what a replica never had and to what nobody needs.
    public var isDamage: Bool {
        switch self {
        case .missing, .truncated, .corrupt, .stale: true
        case .behind, .stray: false
        }
    }
}

extension Catalog {
    /// The newest snapshot of every collection, by name; a checkpoint only where nothing else is.
    fileprivate func collectionStatus() throws -> [VaultStatus.Collection] {
        Dictionary(grouping: try snapshots(), by: \.collection).values.compactMap { snapshots in
            (snapshots.filter { !$0.isCheckpoint }.max { $0.id < $1.id } ?? snapshots.max { $0.id < $1.id })
                .map {
                    newest in
                    VaultStatus.Collection(
                        name: newest.collectionName, snapshot: newest.id, host: newest.host,
                        fileCount: newest.fileCount, byteCount: newest.byteCount,
                        unreadableCount: newest.unreadableCount, snapshotCount: snapshots.count)
                }
        }.sorted { $0.name < $1.name }
    }
}
