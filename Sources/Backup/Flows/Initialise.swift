public import Crypto
public import ObjectStore
internal import Replicator
internal import Vault

/// What making a vault has led to.
public struct InitialiseOutcome: Sendable {
    public let vault: OpenVault
    /// 32 bytes: the 24 words that its owner writes down. Shown once.
    public let recoveryKey: SecretBytes
    /// Replicas that did not take everything, with the reason; the quorum held.
    public let behind: [ObjectStoreError]
}

extension VaultAccess {
    /// Whether a vault could be made: every provider is reachable and holds none.
    ///
    /// - Throws: `AccessError` with `vaultExists`, `ObjectStoreError`.
    public func requireNoVault() async throws { try await requireNoVault(on: makeReplicas()) }

    private func requireNoVault(on replicas: ReplicaSet) async throws {
        for listing in await KeyringSearch(replicas: replicas, expected: nil, warn: warn).list() {
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
    /// - Throws: `AccessError` with `vaultExists`, `ObjectStoreError` when a provider cannot be listed (nothing is
    ///   written then), `QuorumError`, `StateError`.
    public func initialise(
        strength: PasswordStrength, makesDeviceKey: Bool, password: () async throws -> SecretBytes
    ) async throws -> InitialiseOutcome {
        let replicas = makeReplicas()
        try await requireNoVault(on: replicas)
        let password = try await password()
        let passwordKey = try await BlockingWork.run {
            try PasswordKey.make(password: password, strength: strength)
        }
        let (keyring, recoveryKey) = Keyring.make(password: passwordKey, created: .now())
        let vault = try await assemble(replicas: replicas, keyring: keyring)
        if makesDeviceKey {
            try DeviceKey(folder: state.vaultFolder(vault.id), vault: vault.id)
                .make(for: keyring.keys.masterKey)
        }
        let readme = Array(Readme.text(vault: vault.id).utf8)
        var behind = await replicas.put(.readme, ObjectBytes(readme), sha256: SHA256.hash(readme))
            .compactMap(\.error)
        let outcomes = try await vault.store(keyring.keyring.name, keyring.keyring.bytes)
        behind += outcomes.compactMap(\.error)
        for replica in vault.catalogReplicas { try vault.catalog.setSurveyed(replica, at: .now()) }
        return InitialiseOutcome(vault: vault, recoveryKey: recoveryKey, behind: behind)
    }
}

extension OpenVault {
    /// Puts a small object on replicas (all, if nil), and writes down who has it.
    ///
    /// - Throws: `QuorumError` when fewer than the quorum have taken it.
    @discardableResult
    func store(
        _ name: ObjectName, _ bytes: [UInt8], on targets: [Int]? = nil, keepsBytes: Bool = false
    ) async throws -> [PutOutcome] {
        guard let digest = name.digest else { preconditionFailure("a small object is named by its hash") }
        let outcomes = await replicas.put(
            name.key, ObjectBytes(bytes), sha256: digest, to: targets ?? Array(replicas.stores.indices))
        let stored = outcomes.filter(\.isStored).map(\.replica)
        if !stored.isEmpty {
            try catalog.record(
                object: name.key, byteCount: bytes.count, confirmedBy: bits(stored),
                missedBy: bits(replicas.stores.indices.filter { !stored.contains($0) }),
                bytes: keepsBytes ? bytes : nil)
        }
        guard replicas.quorum.isReached(by: outcomes) else {
            throw QuorumError(key: name.key, quorum: replicas.quorum.replicaCount, outcomes: outcomes)
        }
        return outcomes
    }
}
