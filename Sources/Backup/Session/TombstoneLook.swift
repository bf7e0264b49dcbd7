internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Learns the tombstones that are there now, and what else lies under `others`.
    ///
    /// Returns only when a quorum of replicas has shown all they have and every tombstone among it has been read:
    /// one that was passed over could name what a snapshot needs.
    ///
    /// - Throws: `AccessError`, `CatalogError`, `CancellationError`.
    func learnTombstones(and others: [String] = [], warn: @escaping WarningHandler) async throws {
        let listing = try await look(
            at: [ObjectName.tombstonesPrefix] + others, for: "whether a prune deletes what was just stored",
            warn: warn)
        for (key, holder) in listing.only(ObjectName.tombstonesPrefix).holders {
            guard try !catalog.isKnown(key) else { continue }
            try await requireUnbelievable(key, on: holder.replicas, of: listing.answering)
        }
    }

    /// Learns what lies under the prefixes now, as a quorum of replicas shows it.
    ///
    /// - Parameter what: what is to be found out, for the message.
    /// - Throws: `AccessError` when fewer answer; `CatalogError`, `CancellationError`.
    @discardableResult
    func look(
        at prefixes: [String], for what: String, warn: @escaping WarningHandler
    ) async throws -> SmallObjectListing {
        var listing = await replicas.listSmallObjects(prefixes)
        try Task.checkCancellation()
        guard replicas.isQuorum(listing.answering) else {
            throw AccessError(
                .unreachable,
                "\(what) could not be looked up: "
                    + listing.failures.compactMap { $0 }.map { "\($0.store): \($0.reason)" }
                    .joined(separator: "; "),
                hint: "run it again: what is stored stays stored")
        }
        try await learnWithNames(&listing, warn: warn)
        return listing
    }

    /// An object that was not learned must be none of the vault's: not signed or sealed by it, without the bytes of its
    /// name wherever it is shown, or shown by so few that no quorum has ever had it.
    ///
    /// - Parameter answering: the replicas that have told what they hold, where those who show nothing of it count.
    func requireUnbelievable(
        _ key: ObjectKey, on holders: [Int], of answering: [Int] = []
    ) async throws {
        // Nothing of the vault's has such a name.
        guard ObjectName(key) != nil else { return }
        do {
            let bytes = try await replicas.getVerified(
                key, maximumByteCount: Format.maximumObjectByteCount, from: holders)
            _ = try learn(key, bytes.array, confirmedBy: 0)
        } catch let error as ReplicaSetError where error.code != .cancelled {
            // What was committed is on a quorum: those who show nothing of it are not in one that has it.
            let lacking = answering.filter { !holders.contains($0) }
            let others = replicas.stores.indices.filter { !lacking.contains($0) }
            guard error.isOfBytes || !replicas.isQuorum(others) else { throw error }
        } catch let error as VaultError {
            guard try !isOfLaterFormat(key, error) else { throw error }
        }
    }
}
