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
        /// The vault's keyrings have used up their numbers.
        case noSequence
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
        let expected = state.vault(at: providers.map(\.location))
        if case .emergency(let key, let recoveryKey) = givenSecret {
            let opened = try await open(key, recoveryKey)
            // Where every keyring is lost, nothing is there to be compared.
            let found = try? await KeyringSearch(replicas: replicas, warn: warn).run()
            var opening = KeyringOpening(
                replicas: replicas, expected: expected, remembered: nil, shown: found?.shown ?? [], warn: warn
            )
            let own = try await leavingOut(opening.foreignReplicas(beside: opened), of: replicas)
            return try await assemble(replicas: own, keyring: opened)
        }
        let found = try await KeyringSearch(replicas: replicas, warn: warn).run()
        var opening = KeyringOpening(
            replicas: replicas, expected: expected, remembered: expected.flatMap(state.keyring),
            shown: found.shown,
            warn: warn)
        let opened = try await open(&opening)
        let foreign = try await opening.foreignReplicas(beside: opened)
        opening.tellLeftOut()
        // Not to be able to remember it costs time at the next opening, where junk is shown.
        try? state.remember(opened.keyring.name.key, of: opened.keys.vault)
        var listing = found.listing
        for replica in foreign.keys { listing.objects[replica] = nil }
        return try await assemble(
            replicas: leavingOut(foreign, of: replicas), keyring: opened, keyringListing: listing)
    }

    /// The same replicas, of which those in `foreign` refuse everything.
    private func leavingOut(_ foreign: [Int: String], of replicas: ReplicaSet) -> ReplicaSet {
        guard !foreign.isEmpty else { return replicas }
        return ReplicaSet(
            stores: replicas.stores.enumerated().map { replica, store in
                foreign[replica].map { ForeignReplica(name: store.name, reason: $0) } ?? store
            }, quorum: quorum)
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

    private func open(_ opening: inout KeyringOpening) async throws -> Keyring.Opened {
        switch givenSecret {
        case .password(let password): return try await opening.open(password: password)
        case .recoveryKey(let key): return try await opening.open(recoveryKey: key)
        case .emergency(let key, let recoveryKey): return try await open(key, recoveryKey)
        case .masterKey(let key):
            guard let opened = try await opening.open(masterKey: { _ in key }) else {
                throw AccessError(.noKeyring, "no keyring of the vault can be read")
            }
            return opened
        case nil:
            let opened = try await opening.open { vault in try deviceKey(of: vault) }
            if let opened { return opened }
            return try await opening.open(password: await askPassword())
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
}
