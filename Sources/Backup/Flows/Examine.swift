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
    /// Why nothing can be put there, or what was put cannot be read; nil where both can.
    public let putFailure: ObjectStoreError?
    public let readFailure: ObjectStoreError?
    /// The other providers that are the same place.
    public let samePlace: [String]
    /// Why `lock_days` protects nothing there; nil where it does, as far as is known, or is not asked for.
    public let missingLock: String?
    /// Since when it has not everything, and why, as the last run has found; nil where it has.
    public let behind: ReplicaStanding?
    /// What the last probe has found; nil when there was none.
    public let probe: KnownProbe?
}

extension VaultAccess {
    /// Looks whether each provider answers, holds a vault, has this machine's time, takes and gives back an object, and is a
    /// place of its own. Needs no secret of the vault; what it puts is below `probe/`, and is deleted again.
    ///
    /// - Throws: `CatalogError`, `CancellationError`.
    public func examine() async throws -> [ProviderExamination] {
        var examinations: [ProviderExamination] = []
        let outcome = await PlaceTrial(stores: providers.map(\.store)).run(on: Array(providers.indices))
        try Task.checkCancellation()
        let catalog = try knownCatalog()
        if let catalog { try keep(outcome, in: catalog) }
        for (index, (provider, known)) in zip(providers, try knownProviders()).enumerated() {
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
            let finding = outcome.findings[index]
            let isLocking = (provider.store as? any BucketStore)?.lockDays != nil
            let same = outcome.same.compactMap { one, other in
                one == index ? other : other == index ? one : nil
            }
            examinations.append(
                ProviderExamination(
                    name: provider.store.name, failure: failure, holdsVault: holdsVault,
                    clockDifference: difference, expiry: expiry, putFailure: finding.putFailure,
                    readFailure: finding.readFailure,
                    samePlace: same.map { providers[$0].store.name },
                    missingLock: finding.isUnlocked
                        ? "what is put there gets no lock"
                        : isLocking ? try catalog?.missingLock(at: provider.location) : nil,
                    behind: try catalog.flatMap { try $0.knownStanding(at: provider) }, probe: known.probe))
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

extension Catalog {
    /// How a provider's replica stands, as the last run has found; nil where it has everything, or none is known there.
    fileprivate func knownStanding(at provider: Provider) throws -> ReplicaStanding? {
        guard try knownLocations().contains(provider.location) else { return nil }
        let replica = try replicas([(location: provider.location, name: provider.store.name)])[0]
        let standing = try standing(of: replica, failure: nil, expectedEvery: provider.expectedEvery)
        return standing.isWhole ? nil : standing
    }
}
