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

        public var name: String { standing.name }
        public var isReachable: Bool { standing.failure == nil }
        public var packsMissing: Int { standing.packsMissing }

        /// Since when everything on it has been verified, for each level at which that can be said: a part of it,
        /// or a run that was ended by its budget, is not everything.
        public let verified: [VerifyLevel: UTCTime]

        /// The newest of them, and the deepest level of that time.
        public var lastVerified: (level: VerifyLevel, time: UTCTime)? {
            verified.max { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
        }
    }

    public let vault: VaultID
    public let collections: [Collection]
    public let replicas: [Replica]

    public var isDamaged: Bool { replicas.contains { $0.standing.damageCount > 0 } }

    /// A replica lacks something or does not answer, though it should.
    public var isBehind: Bool { replicas.contains { $0.standing.isBehind } }
}

extension VaultAccess {
    /// What this machine knows of the vault, held against what the providers list now. Needs no secret where the
    /// catalog has been filled; where it has not, the vault is opened for that.
    public func status() async throws -> VaultStatus {
        let replicas = makeReplicas()
        let listing = await replicas.listSmallObjects(ObjectName.synchronisedPrefixes)
        if let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) {
            let catalog = try Catalog(path: state.catalogPath(vault))
            if try catalog.isSynchronised() { return try status(vault, catalog, listing) }
        }
        let vault = try await open()
        try await vault.synchronise(warn: warn)
        return try status(vault.id, vault.catalog, listing)
    }

    private func status(
        _ vault: VaultID, _ catalog: Catalog, _ listing: SmallObjectListing
    ) throws -> VaultStatus {
        let catalogReplicas = try catalog.replicas(
            providers.map { (location: $0.location, name: $0.store.name) })
        let replicas = try catalogReplicas.enumerated().map { index, replica in
            // A replica without small objects that it once had may have lost anything, whatever it was when it
            // was verified.
            let lost = try listing.objects[index].map { try catalog.objectsLost(by: replica, showing: $0) }
            let newlyLost = try lost?.count { try !catalog.isDamaged($0, on: replica) }
            let standing = try catalog.standing(
                of: replica, failure: listing.failures[index]?.reason,
                expectedEvery: providers[index].expectedEvery, lostObjectCount: newlyLost ?? 0)
            return VaultStatus.Replica(
                standing: standing, verified: try catalog.coverage(of: replica))
        }
        return VaultStatus(vault: vault, collections: try catalog.collectionStatus(), replicas: replicas)
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
    /// Small objects that the replica once showed and does not show now.
    fileprivate func objectsLost(by replica: CatalogReplica, showing shown: [ObjectInfo]) throws
        -> [ObjectKey]
    {
        let shown = Set(shown.map(\.key))
        return try ObjectName.synchronisedPrefixes.flatMap { prefix in
            try objects(prefix: prefix).filter { $0.confirmed & replica.bit != 0 }
                .compactMap { ObjectKey($0.name) }
                .filter { try !shown.contains($0) && !hasTombstone($0.rawValue) }
        }
    }

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
