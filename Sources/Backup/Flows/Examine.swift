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
            do throws(ObjectStoreError) {
                holdsVault = try await !provider.store.listAll(prefix: ObjectName.keyringPrefix).isEmpty
                difference = try await (provider.store as? any BucketStore)?.clockDifference()
            } catch {
                try Task.checkCancellation()
                failure = error
            }
            examinations.append(
                ProviderExamination(
                    name: provider.store.name, failure: failure, holdsVault: holdsVault,
                    clockDifference: difference, probe: known.probe))
        }
        return examinations
    }
}
