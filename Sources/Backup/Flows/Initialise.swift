public import Crypto
public import ObjectStore
internal import Replicator
public import Vault

/// What making a vault has led to.
public struct InitialiseOutcome: Sendable {
    public let vault: OpenVault
    /// 32 bytes: the 24 words that its owner writes down.
    public let recoveryKey: SecretBytes
    /// The names of those that hold the keyring, and so the vault.
    public let storedOn: [String]
    /// Replicas that did not take everything, with the reason; the quorum held.
    public let behind: [ObjectStoreError]
    /// Those that set no lock, though `lock_days` asks for one, and how that shows.
    public let unlocked: [(name: String, reason: String)]
}

extension VaultAccess {
    /// Whether a vault could be made: every provider is reachable and holds none.
    ///
    /// - Throws: `AccessError` with `vaultExists`, `ObjectStoreError`.
    public func requireNoVault() async throws { try await requireNoVault(on: makeReplicas()) }

    private func requireNoVault(on replicas: ReplicaSet) async throws {
        for listing in await KeyringSearch(replicas: replicas, warn: warn).list() {
            if let failure = listing.failure { throw failure }
            guard listing.names.isEmpty else {
                throw AccessError(
                    .vaultExists, "\(replicas.names[listing.replica]) holds a vault already",
                    hint: "give the new vault a bucket or a prefix of its own")
            }
        }
    }

    /// Makes a vault at all providers, which must be reachable and hold none; only then `password` is called.
    ///
    /// Takes seconds for the password's key. With `makesDeviceKey`, this machine opens the vault without the
    /// password from now on.
    ///
    /// - Parameter show: told of the vault and its recovery key before anything is stored, so that there never is
    ///   a vault whose words nobody has seen, wherever the run ends. Where it throws, no vault is made.
    /// - Throws: `AccessError` with `vaultExists`, `ObjectStoreError` when a provider cannot be listed, `SamePlaceError`
    ///   (nothing of a vault is written then), `UnfinishedVaultError`, `StateError`.
    public func initialise(
        strength: PasswordStrength, makesDeviceKey: Bool, password: () async throws -> SecretBytes,
        showing show: (VaultID, SecretBytes) throws -> Void = { _, _ in }
    ) async throws -> InitialiseOutcome {
        let replicas = makeReplicas()
        try await requireNoVault(on: replicas)
        let places = try await requireSeparatePlaces()
        let password = try await password()
        let passwordKey = try await BlockingWork.run {
            try PasswordKey.make(password: password, strength: strength)
        }
        let (keyring, recoveryKey) = Keyring.make(password: passwordKey, created: .now())
        let vault = try await assemble(replicas: replicas, keyring: keyring)
        try keep(places, in: vault.catalog)
        if makesDeviceKey { try vault.makeDeviceKey() }
        do { try show(vault.id, recoveryKey) } catch {
            try state.forget(vault.id)
            throw error
        }
        let readme = Readme.text(vault: vault.id, by: keyring.signingKey)
        var behind = await replicas.put(.readme, ObjectBytes(readme), sha256: SHA256.hash(readme))
            .compactMap(\.error)
        let outcomes: [PutOutcome]
        do {
            outcomes = try await vault.store(keyring.keyring.name, keyring.keyring.bytes)
        } catch let error as QuorumError {
            // A vault that is nowhere must not be taken for the one that is meant the next time.
            if error.storedCount == 0 { try state.forget(vault.id) }
            throw UnfinishedVaultError(cause: error)
        }
        behind += outcomes.compactMap(\.error)
        behind += try await vault.putFirstProviders().filter { new in
            !behind.contains { $0.store == new.store }
        }
        behind += await replicas.listingFaults(of: Array(replicas.stores.indices)).values.filter { new in
            !behind.contains { $0.store == new.store }
        }
        for replica in vault.catalogReplicas { try vault.catalog.setSurveyed(replica, at: .now()) }
        let stored = outcomes.filter(\.isStored).map { replicas.names[$0.replica] }
        return InitialiseOutcome(
            vault: vault, recoveryKey: recoveryKey, storedOn: stored, behind: behind,
            unlocked: try await vault.unlockedReplicas())
    }
}

/// A new vault's keyring is on fewer replicas than the quorum. Its recovery words have been shown.
public struct UnfinishedVaultError: Error, Sendable, CustomStringConvertible {
    let cause: QuorumError

    public var description: String { cause.description }

    public var hint: String {
        let standing =
            cause.storedCount == 0
            ? "nothing was stored: the words that were shown open nothing, and photobackup init can be run again"
            : "the vault is there, and the words that were shown open it: photobackup heal finishes it when the "
                + "other providers answer"
        return [cause.hint, standing].compactMap(\.self).joined(separator: "; ")
    }
}
