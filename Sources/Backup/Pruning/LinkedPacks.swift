internal import Crypto
internal import ObjectStore
internal import Vault

extension OpenVault {
    /// How much longer the packs of a link are kept than the link lasts, for clocks that differ: a day.
    private static let linkGraceSeconds: Int64 = 86400

    /// The packs that links need which have not ended, by all records that any replica shows now.
    ///
    /// - Throws: `PruneError` where a replica could not be listed; `ReplicaSetError` and `VaultError` for a record that
    ///   may be the vault's and cannot be read.
    func linkedPacks(warn: @escaping WarningHandler) async throws -> Set<SHA256Digest> {
        var listing = await replicas.listSmallObjects([ObjectName.recordsPrefix])
        try Task.checkCancellation()
        try requireAll(listing)
        try await learnWithNames(&listing, warn: warn)
        for (key, holder) in listing.only(ObjectName.recordsPrefix).holders {
            guard try !catalog.isKnown(key) else { continue }
            try await requireUnbelievable(key, on: holder.replicas)
        }
        let now = UTCTime.now().secondsSince1970
        let living = try await knownLinks().filter { $0.share.ends + Self.linkGraceSeconds > now }
        return Set(living.flatMap(\.share.packDigests))
    }
}
