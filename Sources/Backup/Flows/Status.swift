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
        public let name: String
        public let isReachable: Bool
        /// Why not.
        public let failure: String?
        public let packsMissing: Int
        public let bytesMissing: Int64
        /// Small objects, such as snapshots, that it does not have.
        public let objectsMissing: Int
        /// What a verification found lost or altered and that is not healed.
        public let damageCount: Int
        public let lastVerified: UTCTime?
        public let lastVerifiedLevel: String?
    }

    public let vault: VaultID
    public let collections: [Collection]
    public let replicas: [Replica]

    public var isDamaged: Bool { replicas.contains { $0.damageCount > 0 } }

    public var isBehind: Bool {
        replicas.contains { !$0.isReachable || $0.packsMissing > 0 || $0.objectsMissing > 0 }
    }
}

extension VaultAccess {
    /// What this machine knows of the vault, and whether the providers answer. Needs no secret where the catalog
    /// is there; where it is not, the vault is opened and the catalog filled.
    public func status() async throws -> VaultStatus {
        let replicas = makeReplicas()
        let listings = await KeyringSearch(replicas: replicas, expected: nil, warn: warn).list()
        if let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) {
            let catalog = try Catalog(path: state.catalogPath(vault))
            if !catalog.isNew { return try status(vault, catalog, listings) }
        }
        let vault = try await open()
        _ = try await vault.synchronise(warn: warn)
        return try status(vault.id, vault.catalog, listings)
    }

    private func status(
        _ vault: VaultID, _ catalog: Catalog, _ listings: [KeyringSearch.Listing]
    ) throws -> VaultStatus {
        let places = providers.map { (location: $0.location, name: $0.store.name) }
        let findings = try catalog.findings()
        let catalogReplicas = try catalog.replicas(places)
        let replicas = try zip(catalogReplicas, listings).map { replica, listing in
            let packs = try catalog.packsMissing(on: replica)
            return VaultStatus.Replica(
                name: replica.name, isReachable: listing.failure == nil, failure: listing.failure?.reason,
                packsMissing: packs.count, bytesMissing: packs.byteCount,
                objectsMissing: try catalog.objectsMissing(on: replica),
                damageCount: findings.count { $0.replica == replica.id && $0.kind.isDamage },
                lastVerified: replica.verified.map { UTCTime(secondsSince1970: $0) },
                lastVerifiedLevel: replica.verifiedLevel)
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
    /// The newest snapshot of every collection, by name.
    fileprivate func collectionStatus() throws -> [VaultStatus.Collection] {
        Dictionary(grouping: try snapshots(), by: \.collection).values.compactMap { snapshots in
            snapshots.max { $0.id < $1.id }.map { newest in
                VaultStatus.Collection(
                    name: newest.collectionName, snapshot: newest.id, host: newest.host,
                    fileCount: newest.fileCount, byteCount: newest.byteCount,
                    unreadableCount: newest.unreadableCount, snapshotCount: snapshots.count)
            }
        }.sorted { $0.name < $1.name }
    }
}
