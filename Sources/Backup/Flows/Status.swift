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
        public let name: String
        public let isReachable: Bool
        /// Why not.
        public let failure: String?
        public let packsMissing: Int
        public let bytesMissing: Int64
        /// Small objects, such as snapshots, that it never had.
        public let objectsMissing: Int
        /// Small objects that it once had, or must have had, and does not show.
        public let objectsStale: Int
        /// What a verification found lost or altered and that is not healed, and what is stale.
        public let damageCount: Int
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
    /// The snapshot that was written down, if what the replicas show is older.
    public let missingHead: ExpectedHead?

    public var isDamaged: Bool { replicas.contains { $0.damageCount > 0 } || missingHead != nil }

    public var isBehind: Bool {
        replicas.contains { !$0.isReachable || $0.packsMissing > 0 || $0.objectsMissing > 0 }
    }
}

extension VaultAccess {
    /// What this machine knows of the vault, held against what the providers list now. Needs no secret where the
    /// catalog has been filled; where it has not, or knows nothing of `expectedHead`, the vault is opened for that.
    public func status(expectedHead: ExpectedHead? = nil) async throws -> VaultStatus {
        let replicas = makeReplicas()
        let listing = await replicas.listSmallObjects(ObjectName.synchronisedPrefixes)
        if let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) {
            let catalog = try Catalog(path: state.catalogPath(vault))
            if try catalog.isSynchronised() {
                let status = try status(vault, catalog, listing, expectedHead)
                if status.missingHead == nil { return status }
            }
        }
        let vault = try await open()
        return try status(vault.id, vault.catalog, try await vault.synchronise(warn: warn), expectedHead)
    }

    private func status(
        _ vault: VaultID, _ catalog: Catalog, _ listing: SmallObjectListing, _ head: ExpectedHead?
    ) throws -> VaultStatus {
        let quorum = makeReplicas().quorum
        let catalogReplicas = try catalog.replicas(
            providers.map { (location: $0.location, name: $0.store.name) })
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let replicas = try catalogReplicas.enumerated().map { index, replica in
            let packs = try catalog.packsMissing(on: replica)
            let failure = listing.failures[index]?.reason
            // A replica without small objects that it once had may have lost anything, whatever it was when it
            // was verified.
            let absent = try freshness.absent(on: index)
            let stale = absent.filter { $0.kind == .stale }.map(\.key)
            let newlyStale = try stale.count { try !catalog.isDamaged($0, on: replica) }
            let missing =
                failure == nil
                ? try absent.count - stale.count + freshness.unread(on: index, quorum: quorum)
                : try catalog.objectsMissing(on: replica)
            return VaultStatus.Replica(
                name: replica.name, isReachable: failure == nil, failure: failure, packsMissing: packs.count,
                bytesMissing: packs.byteCount, objectsMissing: missing, objectsStale: stale.count,
                damageCount: try catalog.damageCount(on: replica) + newlyStale,
                verified: try catalog.coverage(of: replica))
        }
        let isHeadMissing = try head.map { try !freshness.shows($0) } ?? false
        return VaultStatus(
            vault: vault, signingKey: try state.signingKey(of: vault),
            collections: try catalog.collectionStatus(), replicas: replicas,
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
