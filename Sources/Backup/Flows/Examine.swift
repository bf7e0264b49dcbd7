public import ObjectStore
internal import Vault

/// What one look at a provider has shown.
public struct ProviderExamination: Sendable {
    public let name: String
    /// Why it could not be looked at.
    public let failure: ObjectStoreError?
    /// Whether a keyring is there.
    public let holdsVault: Bool
    /// How many seconds its clock is ahead of this machine's; nil for a directory, and where it is not told.
    public let clockDifference: Int64?
    /// What it announces that it will delete.
    public let expiry: AnnouncedExpiry?
    /// What the last probe has found; nil when there was none.
    public let probe: KnownProbe?
}

extension VaultAccess {
    /// Looks whether each provider answers, holds a vault, and has this machine's time. Needs no secret of the vault, and
    /// changes nothing.
    ///
    /// - Throws: `CatalogError`, `CancellationError`.
    public func examine() async throws -> [ProviderExamination] {
        var examinations: [ProviderExamination] = []
        for (provider, known) in zip(providers, try knownProviders()) {
            var (failure, holdsVault, difference): (ObjectStoreError?, Bool, Int64?) = (nil, false, nil)
            var expiry: AnnouncedExpiry?
            do throws(ObjectStoreError) {
                let keyrings = try await provider.store.listAll(prefix: ObjectName.keyringPrefix)
                holdsVault = !keyrings.isEmpty
                if let bucket = provider.store as? any BucketStore {
                    difference = try await bucket.clockDifference()
                    expiry = try await announcedExpiry(of: bucket, keyrings.last?.key)
                }
            } catch {
                try Task.checkCancellation()
                failure = error
            }
            examinations.append(
                ProviderExamination(
                    name: provider.store.name, failure: failure, holdsVault: holdsVault,
                    clockDifference: difference, expiry: expiry, probe: known.probe))
        }
        return examinations
    }

    /// By what answers about a keyring and a pack say: a rule may be for one kind of object alone.
    private func announcedExpiry(
        of bucket: any BucketStore, _ keyring: ObjectKey?
    ) async throws(ObjectStoreError) -> AnnouncedExpiry? {
        let pack = try await bucket.list(prefix: ObjectName.packsPrefix, continuing: nil).objects.first?.key
        for key in [pack, keyring].compactMap(\.self) {
            if let expiry = try await bucket.details(key).expiry { return expiry }
        }
        return nil
    }
}
