public import ObjectStore
internal import Replicator
internal import Vault

/// A provider, and what is known of what it really does.
public struct KnownProvider: Sendable {
    public let name: String
    /// The same for the same bucket and prefix, or directory.
    public let location: String
    /// What the last probe has found; nil when there was none, or it was not kept.
    public let probe: KnownProbe?
}

/// What a probe has led to.
public struct ProbeOutcome: Sendable {
    public let name: String
    public let location: String
    public let result: Result<ProbeReport, ObjectStoreError>
    /// Whether the answers are in the catalog, which there is only once this machine knows a vault there.
    public let isKept: Bool
}

extension VaultAccess {
    /// The providers, with what the catalog knows of them. Nothing is asked, and no secret is needed.
    ///
    /// - Throws: `CatalogError`.
    public func knownProviders() throws -> [KnownProvider] {
        let catalog = try knownCatalog()
        return try providers.map { provider in
            KnownProvider(
                name: provider.store.name, location: provider.location,
                probe: try catalog?.probe(of: provider.location))
        }
    }

    /// Finds out what the named providers really do, one after the other, and keeps it in the catalog. Needs no
    /// secret, and no vault.
    ///
    /// - Parameter onOutcome: called for each when it is done.
    /// - Throws: `CatalogError`, `CancellationError`. A provider that cannot be asked is an outcome.
    public func probe(_ names: [String], onOutcome: (ProbeOutcome) -> Void) async throws {
        let catalog = try knownCatalog()
        for provider in providers where names.contains(provider.store.name) {
            guard let store = provider.store as? any ProbedStore else { continue }
            do throws(ObjectStoreError) {
                let report = try await store.probe()
                try keep(report, of: provider, in: catalog)
                onOutcome(
                    ProbeOutcome(
                        name: store.name, location: provider.location, result: .success(report),
                        isKept: catalog?.isKept ?? false))
            } catch {
                try Task.checkCancellation()
                onOutcome(
                    ProbeOutcome(
                        name: store.name, location: provider.location, result: .failure(error), isKept: false)
                )
            }
        }
    }

    private func keep(
        _ report: ProbeReport, of provider: Provider, in catalog: Catalog?
    ) throws(ObjectStoreError) {
        do {
            try catalog?.record(report.answers, of: provider.location, at: .now())
        } catch {
            throw ObjectStoreError(.system, store: "catalog", reason: "\(error)")
        }
        (provider.store as? any BucketStore)?.learn(report.answers)
    }

    /// The catalog of the vault that this machine knows at these providers.
    func knownCatalog() throws -> Catalog? {
        guard let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) else {
            return nil
        }
        return try openCatalog(of: vault)
    }
}
