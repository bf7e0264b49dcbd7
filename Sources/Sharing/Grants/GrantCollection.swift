public import Backup
public import ObjectStore
public import Vault

/// Whom a collection is granted to, and what is told them.
public struct GrantRequest: Sendable {
    public var collection: String
    public var recipient: PublicIdentity
    /// What the giver calls the recipient.
    public var person: String
    /// Where the recipient finds the replicas, with credentials of the recipient's own or none.
    public var providers: [ProviderList.Provider]
    /// Whether another key than the person had before is taken for theirs.
    public var takesNewKey: Bool

    public init(
        collection: String, recipient: PublicIdentity, person: String,
        providers: [ProviderList.Provider], takesNewKey: Bool = false
    ) {
        self.collection = collection
        self.recipient = recipient
        self.person = person
        self.providers = providers
        self.takesNewKey = takesNewKey
    }
}

/// What granting, or revoking, has led to.
public struct GrantOutcome: Sendable {
    /// The new grant, as it is stored; nil after revoking.
    public let grant: (name: ObjectName, bytes: [UInt8])?
    public let epoch: UInt64
    /// The current state, as the recipients see it.
    public let snapshot: SnapshotID
    /// Those who had a grant before and were given the new key too.
    public let others: [String]
    /// Replicas that did not take everything, with the reason; the quorum held.
    public let behind: [ObjectStoreError]
}

extension OpenVault {
    /// Grants a collection to a person: begins a new epoch of it, with grants for this person and for all who have one
    /// already, and commits the current state under it. So the recipient opens what is stored now and from now on, and
    /// nothing that was stored before.
    ///
    /// That the key is the person's is remembered in the vault. One who has a grant already keeps the older keys, and is
    /// told the new providers.
    ///
    /// - Throws: `SharingError` with `keyChanged` where the person was known by another key, and nothing is written
    ///   then; `EpochError`, `SelectionError`, `AccessError`, `QuorumError`, `AnotherRunError`, `VaultError`,
    ///   `CatalogError`.
    public func grant(_ request: GrantRequest, warn: @escaping WarningHandler) async throws -> GrantOutcome {
        // Other machines may have pinned a key.
        _ = try await grants(warn: warn)
        if let known = try pinnedIdentity(of: request.person), known != request.recipient,
            !request.takesNewKey
        {
            throw SharingError(
                .keyChanged,
                "\(request.person) was known by another public key, whose verification ID is "
                    + known.verificationID.description,
                hint: "ask them whether they have a new key, and compare the verification ID of the new one; "
                    + "--new-key takes it")
        }
        var made: (name: ObjectName, bytes: [UInt8])?
        var others: [String] = []
        let begun = try await beginEpoch(of: request.collection, warn: warn) { collection, earlier in
            let own = earlier.filter { $0.recipient == request.recipient }
            let grant = Grant(
                id: own.first?.id ?? .random(), of: collection, in: self, to: request.recipient,
                since: own.map(\.epochs.lowerBound).min() ?? collection.currentEpoch.number,
                providers: request.providers)
            let sealed = try grant.sealed(
                person: request.person, by: keyring.signingKey, keys: keyring.keys)
            made = sealed
            let staying = earlier.filter { $0.recipient != request.recipient }
            others = staying.map(\.person)
            return try [sealed] + renewed(staying, of: collection)
        }
        try await pin(request.recipient, of: request.person)
        return GrantOutcome(
            grant: made, epoch: begun.number, snapshot: begun.snapshot, others: others,
            behind: begun.behind)
    }

    /// Takes a collection's grant from a person: begins a new epoch of it, with grants for those who stay, and marks the
    /// person's to be deleted. What they could open before stays theirs; what is stored from now on is not.
    ///
    /// - Parameter person: the name that the giver calls the person by, or their public key.
    /// - Throws: `SharingError` with `unknownPerson`, and nothing is written then; else as `grant`.
    public func revoke(
        _ collection: String, from person: String, warn: @escaping WarningHandler
    ) async throws -> GrantOutcome {
        let identity = try? PublicIdentity(parsing: person)
        var others: [String] = []
        let begun = try await beginEpoch(of: collection, warn: warn) { collection, earlier in
            let staying = earlier.filter { $0.recipient != identity && $0.person != person }
            guard staying.count < earlier.count else {
                throw SharingError(
                    .unknownPerson, "nobody of that name or key has a grant of \(collection.name)",
                    hint: "photobackup share list shows who has")
            }
            others = staying.map(\.person)
            return try renewed(staying, of: collection)
        }
        return GrantOutcome(
            grant: nil, epoch: begun.number, snapshot: begun.snapshot, others: others,
            behind: begun.behind)
    }

    /// The grants of those who stay, with the new epoch's key besides those they have.
    private func renewed(
        _ grants: [GivenGrant], of collection: VaultCollection
    ) throws -> [(name: ObjectName, bytes: [UInt8])] {
        try grants.map { given in
            try Grant(
                id: given.id, of: collection, in: self, to: given.recipient,
                since: given.epochs.lowerBound, providers: given.providers
            ).sealed(person: given.person, by: keyring.signingKey, keys: keyring.keys)
        }
    }
}

extension Grant {
    /// The collection's keys from an epoch on.
    fileprivate init(
        id: GrantID, of collection: VaultCollection, in vault: OpenVault, to recipient: PublicIdentity,
        since first: UInt64, providers: [ProviderList.Provider]
    ) {
        self.init(
            id: id, vault: vault.id, collection: collection.id, collectionName: collection.name,
            created: .now(), giver: Identity(vault.keyring).publicIdentity, recipient: recipient,
            epochs: collection.epochs.filter { $0.number >= first }
                .map { Epoch(number: $0.number, key: $0.key) },
            providers: providers)
    }
}
