internal import Crypto
internal import ObjectStore
internal import Replicator
public import Vault

/// What a machine's configuration says of the providers, with their everyday credentials; nil where it is not to be
/// told, or cannot be.
public typealias ProviderDescriber = @Sendable () async throws -> [ProviderList.Provider]?

extension OpenVault {
    /// The newest list of providers in the vault, as this machine has read it; nil where there is none.
    ///
    /// - Throws: `VaultError`, `CatalogError`.
    public func providerList() throws -> ProviderList? {
        let lists = try catalog.neededObjects(prefix: ObjectName.providersPrefix)
        for object in lists.reversed() {
            guard case .providers(let sequence, _) = ObjectName(object.key),
                let bytes = try catalog.bytes(of: object.key)
            else { continue }
            return try ProviderList(bytes, sequence: sequence, keys: keys, subject: object.key.rawValue)
        }
        return nil
    }

    /// Puts what this machine's configuration says of the providers into the vault, where that has changed since this
    /// machine last said it: so two machines with different configurations do not take turns.
    ///
    /// What goes wrong is warned of: the next run tries again.
    ///
    /// - Throws: `CatalogError`, `VaultError`, `CancellationError`.
    func tellProviders(warn: WarningHandler) async throws {
        guard let providers = try await describeProviders?() else { return }
        let fingerprint = ProviderList.fingerprint(providers, keys: keys)
        guard try catalog.toldProviders() != fingerprint.hex else { return }
        try await synchronise([ObjectName.providersPrefix], warn: warn)
        if try providerList()?.providers != providers {
            do {
                try await store(providers)
            } catch let error as QuorumError {
                warn(Warning(what: "list of providers", why: "\(error)"))
                return
            }
        }
        try catalog.setToldProviders(fingerprint.hex)
    }

    /// Puts a list that takes the place of those before it.
    ///
    /// - Throws: `QuorumError`.
    private func store(_ providers: [ProviderList.Provider]) async throws {
        let replaced = try catalog.neededObjects(prefix: ObjectName.providersPrefix).map(\.key)
        let (name, outcomes) = try await putProviders(providers)
        try await vouch(for: name.key, on: outcomes.filter(\.isStored).map(\.replica))
        try await putTombstone(of: replaced, .marked)
    }

    /// Puts the first list of a new vault, whose first snapshot names it.
    ///
    /// - Returns: the failures of replicas that did not take it; the quorum held, or none is there yet.
    func putFirstProviders() async throws -> [ObjectStoreError] {
        guard let providers = try await describeProviders?() else { return [] }
        do {
            let (_, outcomes) = try await putProviders(providers)
            try catalog.setToldProviders(ProviderList.fingerprint(providers, keys: keys).hex)
            return outcomes.compactMap(\.error)
        } catch is QuorumError {
            // The vault is there, and the first run tells them again.
            return []
        }
    }

    private func putProviders(
        _ providers: [ProviderList.Provider]
    ) async throws -> (name: ObjectName, outcomes: [PutOutcome]) {
        let newest = try catalog.newestSequence(prefix: ObjectName.providersPrefix)
        let (name, bytes) = ProviderList.seal(
            providers, sequence: newest.heldSum(1), created: .now(), keys: keys)
        return (name, try await store(name, bytes, keepsBytes: true))
    }
}
