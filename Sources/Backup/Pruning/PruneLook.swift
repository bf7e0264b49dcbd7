internal import ObjectStore
internal import Replicator
internal import Vault

// A prune trusts no answer that may be less than all: what it does not see is what it would destroy.

extension OpenVault {
    /// How long what is marked waits before it is deleted, by each provider's own clock: 7 days.
    static let pruneWaitingSeconds: Int64 = 7 * 86400

    /// - Throws: `PruneError` where a replica could not be listed.
    func requireAll(_ listing: SmallObjectListing) throws {
        let failures = listing.failures.enumerated().compactMap { index, failure in
            failure.map { (index, $0) }
        }
        guard let (_, failure) = failures.first else { return }
        let areAway = try failures.allSatisfy { try standing(of: $0, failure: $1).isAway }
        throw PruneError(
            areAway ? .away : .incomplete, "\(failure.store) cannot be listed: \(failure.reason)",
            hint: failure.hint ?? "nothing is deleted while a provider is away: run it again when all answer")
    }

    /// - Throws: `PruneError` where replicas do not show the same snapshots, or one lacks what it has had.
    func requireAgreement(_ listing: SmallObjectListing) async throws {
        let hint = "photobackup heal brings them together; then prune again"
        let shown = listing.only(ObjectName.snapshotsPrefix).holders
        for (key, holder) in shown.sorted(by: { $0.key < $1.key })
        where holder.replicas.count < replicas.stores.count {
            guard try !catalog.hasTombstone(key.rawValue), try await !isStray(key, on: holder.replicas)
            else { continue }
            let other = replicas.stores.indices.first { !holder.replicas.contains($0) }!
            throw PruneError(
                .disagreement,
                "\(replicas.names[holder.replicas[0]]) shows \(key.rawValue), and \(replicas.names[other]) does not",
                hint: hint)
        }
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        for replica in replicas.stores.indices {
            let absent = try freshness.absent(on: replica).first {
                $0.kind == .stale || $0.key.rawValue.hasPrefix(ObjectName.snapshotsPrefix)
            }
            guard let absent else { continue }
            throw PruneError(
                .disagreement,
                "\(replicas.names[replica]) does not show \(absent.key.rawValue), which was there",
                hint: hint)
        }
    }

    /// Whether it has only the name of a snapshot: anybody who may write can put such a one on any replica.
    ///
    /// What claims a later format is none where something signed names it: it is a later program's, and needs packs.
    ///
    /// - Throws: `PruneError` where its bytes are not to be had.
    private func isStray(_ key: ObjectKey, on holders: [Int]) async throws -> Bool {
        guard try !catalog.isKnown(key) else { return false }
        do {
            let bytes = try await replicas.getVerified(
                key, maximumByteCount: Format.maximumObjectByteCount, from: holders)
            return try SealedSnapshot(stored: bytes.array, named: key, of: self) == nil
        } catch let error as ReplicaSetError {
            if error.code == .cancelled { throw CancellationError() }
            throw PruneError(
                .disagreement, "\(replicas.names[holders[0]]) shows \(key.rawValue), and not its bytes",
                hint: "photobackup heal brings them together; heal --remove-strays removes what is nobody's")
        } catch let error as VaultError {
            return try error.code == .unprovenFormat && !isAnnounced(key)
        }
    }

    /// All snapshots that any replica shows now, in the order of their names.
    ///
    /// - Throws: `PruneError` where a replica could not be listed.
    func snapshotsShown() async throws -> Set<ObjectKey> {
        let listing = await replicas.listSmallObjects([ObjectName.snapshotsPrefix])
        try Task.checkCancellation()
        try requireAll(listing)
        return Set(listing.holders.keys)
    }

    /// What each provider's clock says now: the time that it gives to an object that it is given. README.txt, which is
    /// the same in every replica of the vault, is written again for that.
    ///
    /// - Throws: `PruneError` where one does not take it.
    func providerTimes() async throws -> [Int64] {
        let text = Readme.text(vault: id, by: keyring.signingKey)
        var times: [Int64] = []
        for store in replicas.stores {
            do throws(ObjectStoreError) {
                try await store.put(.readme, text)
                let time = try await store.head(.readme).modified
                // Ages are counted from it, so that a time that nobody can read would make everything old.
                guard time != ObjectInfo.unknownTime else {
                    throw ObjectStoreError(
                        .malformedAnswer, store: store.name, object: ObjectKey.readme.rawValue,
                        reason: "it does not tell when an object came, and nothing is deleted without that")
                }
                times.append(time)
            } catch {
                if error.code == .cancelled { throw CancellationError() }
                throw PruneError(.incomplete, "\(store.name): \(error.reason)", hint: error.hint)
            }
        }
        return times
    }
}
