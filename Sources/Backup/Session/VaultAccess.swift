public import Crypto
internal import Glibc
internal import ObjectStore
public import Replicator
public import Vault

/// What a vault is opened with on this machine: the providers, the place for state, and how secrets are had.
public struct VaultAccess: Sendable {
    public var providers: [Provider]
    public var quorum: Int?
    public var state: StateFolder
    /// The name of this machine in snapshots.
    public var host: String
    /// Whose backups they are, on a machine of several users.
    public var user = LocalUser.current
    /// A password or recovery key that was given for this run; it is used, and checked, even where a device key
    /// would do.
    public var givenSecret: VaultSecret?
    /// Asks for the password where nothing else opens the vault.
    public var askPassword: @Sendable () async throws -> SecretBytes
    /// Told what is wrong and does not stop the work, a line each.
    public var warn: WarningHandler
    /// What the configuration says of the providers, for the list in the vault; nil where nothing is to be told.
    public var describeProviders: ProviderDescriber?
    /// Whether what this machine remembers must be kept: without it, what only reads goes on where nothing can be.
    public var changesVault = false
    /// How long a replica is waited for that holds up the others.
    public var listingPatience = ListingPatience.everyone
    /// What went wrong with catalogs earlier in this run.
    public var catalogTroubles = CatalogTroubles()
    /// The names of providers whose directory may be an empty one in the place of the one this machine knows.
    public var newDisks: Set<String> = []

    public init(
        providers: [Provider], quorum: Int?, state: StateFolder, host: String, givenSecret: VaultSecret?,
        askPassword: @escaping @Sendable () async throws -> SecretBytes,
        warn: @escaping WarningHandler
    ) {
        self.providers = providers
        self.quorum = quorum
        self.state = state
        self.host = host
        self.givenSecret = givenSecret
        self.askPassword = askPassword
        self.warn = warn
    }

    /// The providers' replicas, not yet looked at.
    func makeReplicas() -> ReplicaSet {
        let replicas = ReplicaSet(stores: providers.map(\.store), quorum: quorum)
        replicas.listingPatience = listingPatience
        return replicas
    }
}

/// What opens a vault.
public enum VaultSecret: Sendable {
    case password(SecretBytes)
    /// What the 24 words are.
    case recoveryKey(SecretBytes)
    /// The master key, as this machine's device key has opened it.
    case masterKey(SecretBytes)
    /// The wrapped key of the emergency kit, and what the words are: they open the vault where every keyring is lost.
    case emergency(EmergencyKey, recoveryKey: SecretBytes)
}

/// Why a vault could not be opened.
public struct AccessError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// No provider holds a vault.
        case noVault
        /// A provider holds another vault than the one that is meant.
        case otherVault
        /// There is a vault already where one was to be made.
        case vaultExists
        case wrongPassword
        case wrongRecoveryPhrase
        /// No keyring could be read.
        case noKeyring
        /// Too few providers answered.
        case unreachable
    }

    public let code: Code
    public let description: String
    public let hint: String?

    init(_ code: Code, _ description: String, hint: String? = nil) {
        self.code = code
        self.description = description
        self.hint = hint
    }
}

extension OpenVault {
    /// What opens the vault elsewhere as it was opened here, for as long as this process lasts.
    public var secret: VaultSecret { .masterKey(keys.masterKey) }
}

extension VaultAccess {
    /// Finds the vault at the providers and opens it.
    ///
    /// - Throws: `AccessError`, `VaultError`, `StateError`, `CatalogError`, `CryptoError`.
    public func open() async throws -> OpenVault {
        let replicas = makeReplicas()
        if case .emergency(let key, let recoveryKey) = givenSecret {
            return try await assemble(replicas: replicas, keyring: open(key, recoveryKey))
        }
        let found = try await KeyringSearch(
            replicas: replicas, expected: state.vault(at: providers.map(\.location)), warn: warn
        ).run()
        return try await assemble(
            replicas: replicas, keyring: open(found.keyrings), keyringListing: found.listing)
    }

    /// Opens the wrapped key of the kit, if it is that of the vault that this machine knows here.
    private func open(_ key: EmergencyKey, _ recoveryKey: SecretBytes) async throws -> Keyring.Opened {
        if let known = state.vault(at: providers.map(\.location)), known != key.vault {
            throw AccessError(
                .otherVault, "the wrapped key is of vault \(key.vault), and these providers hold \(known)")
        }
        return try await BlockingWork.run { try key.open(recoveryKey: recoveryKey) }
    }

    /// The vault's parts, once its keys are there.
    func assemble(
        replicas: ReplicaSet, keyring: Keyring.Opened, keyringListing: SmallObjectListing? = nil
    ) async throws -> OpenVault {
        let vault = keyring.keys.vault
        let signingKey = keyring.signingKey.publicKey
        // A pinned key that cannot be read is written anew: the keyring has just proved the right one.
        let isPinned = (try? state.signingKey(of: vault)) == signingKey
        let (folder, catalog) = try openMemory(
            of: vault, at: state.catalogPath(vault), pinning: isPinned ? nil : signingKey)
        for provider in providers {
            (provider.store as? any BucketStore)?.learn(
                try catalog.probe(of: provider.location)?.answers ?? [])
        }
        let numbered = try number(replicas, in: catalog)
        return OpenVault(
            replicas: replicas,
            device: Device(host: host, user: user, keys: keyring.keys),
            keyring: keyring, catalog: catalog, lockFolder: folder,
            catalogReplicas: numbered, expectedEvery: providers.map(\.expectedEvery),
            describeProviders: describeProviders,
            // A directory that showed nothing is asked again: now it is known whether it should have.
            keyringListing: keyringListing.flatMap { listing in
                listing.objects.contains { $0?.isEmpty ?? false } ? nil : listing
            }, ownPlaces: ownPlaces)
    }

    /// What this program keeps on this machine, so that no source takes it in.
    public var ownPlaces: OwnPlaces {
        OwnPlaces(
            providers.compactMap { $0.store as? DirectoryStore }.map { .replica(of: $0.name, at: $0.path) }
                + [.state(at: state.path)])
    }

    /// The replicas as the catalog numbers them. A directory that has shown objects of this vault is taken for one that
    /// holds them.
    func number(_ replicas: ReplicaSet, in catalog: Catalog) throws -> [CatalogReplica] {
        let places = zip(providers, replicas.names).map { (location: $0.location, name: $1) }
        let numbered = try catalog.replicas(places)
        try replicas.countPlaces(of: providers.map(\.location), in: catalog)
        for (provider, replica) in zip(providers, numbered)
        where try !newDisks.contains(provider.store.name) && catalog.hasShown(replica) {
            (provider.store as? DirectoryStore)?.expect(anyOf: ObjectName.folders)
        }
        return numbered
    }

    /// Opens the newest keyring that opens, at most three.
    private func open(_ keyrings: [Keyring]) async throws -> Keyring.Opened {
        guard let newest = keyrings.first else {
            throw AccessError(
                .noKeyring, "no keyring of the vault can be read",
                hint: "the wrapped key on the emergency kit and the 24 words open it still: --wrapped-key")
        }
        switch givenSecret {
        case .password(let password):
            return try await open(keyrings, password: password)
        case .recoveryKey(let key):
            return try Self.first(of: keyrings, wrong: .wrongRecoveryPhrase) { keyring throws(VaultError) in
                try keyring.open(recoveryKey: key)
            } orThrow: {
                AccessError(
                    .wrongRecoveryPhrase, "the 24 words do not open this vault",
                    hint: "check that they are those of vault \(newest.vault)")
            }
        case .emergency(let key, let recoveryKey):
            return try await open(key, recoveryKey)
        case .masterKey(let key):
            return try open(keyrings, masterKey: key)
        case nil:
            if let masterKey = try deviceKey(of: newest.vault) {
                return try open(keyrings, masterKey: masterKey)
            }
            return try await open(keyrings, password: await askPassword())
        }
    }

    /// What this machine's device key opens; nil where there is none. One that cannot be used is named, and the password
    /// asked for in its place; one that others may read is refused.
    private func deviceKey(of vault: VaultID) throws -> SecretBytes? {
        do {
            return try DeviceKey(folder: state.folderPath(vault), vault: vault).masterKey()
        } catch let error as StateError where !error.isExposed {
            warn(
                Warning(
                    what: error.path, why: "\(error.reason), so that the password is needed; \(error.hint)"))
            return nil
        }
    }

    private func open(_ keyrings: [Keyring], masterKey: SecretBytes) throws -> Keyring.Opened {
        try Self.first(of: keyrings, wrong: nil) { keyring throws(VaultError) in
            try keyring.open(masterKey: masterKey)
        } orThrow: {
            AccessError(.noKeyring, "no keyring of the vault can be read")
        }
    }

    private func open(_ keyrings: [Keyring], password: SecretBytes) async throws -> Keyring.Opened {
        try await BlockingWork.run {
            try Self.first(of: keyrings, wrong: .wrongPassword) { keyring in
                try keyring.open(password: password)
            } orThrow: {
                AccessError(
                    .wrongPassword, "the password does not open this vault",
                    hint: "with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it")
            }
        }
    }

    /// The first keyring that opens. One that a provider has made up or damaged does not stop the others; its
    /// error is told only where none opens and none says that the secret is wrong.
    ///
    /// An older one does not open the vault where the keys in it prove a newer one that the secret does not open: the
    /// password was changed, and a provider shows what was before.
    private static func first(
        of keyrings: [Keyring], wrong: VaultError.Code?, _ open: (Keyring) throws -> Keyring.Opened,
        orThrow error: () -> AccessError
    ) throws -> Keyring.Opened {
        var damage: VaultError?
        var isSecretWrong = false
        for (place, keyring) in keyrings.enumerated() {
            do {
                let opened = try open(keyring)
                let isReplaced = keyrings[..<place].contains { newer in
                    newer.sequence > keyring.sequence
                        && (try? newer.open(masterKey: opened.keys.masterKey)) != nil
                }
                guard !isReplaced else { throw error() }
                return opened
            } catch let failure as VaultError {
                if failure.code == wrong { isSecretWrong = true } else if damage == nil { damage = failure }
            }
        }
        if let damage, !isSecretWrong { throw damage }
        throw error()
    }
}
