public import ObjectStore
internal import Replicator
public import Vault

/// A provider of a vault: its store, and how the place is called when its name in the configuration changes.
public struct Provider: Sendable {
    public let store: any ObjectStore
    /// The same for the same bucket and prefix, or directory.
    public let location: String
    /// How long it may be away before it counts as behind; nil: it is expected to be there.
    public let expectedEvery: Duration?

    public init(store: any ObjectStore, location: String, expectedEvery: Duration? = nil) {
        self.store = store
        self.location = location
        self.expectedEvery = expectedEvery
    }
}

/// A vault that is open on this machine: its replicas, its keys, and the catalog.
///
/// Unchecked, as `AuditedVault` is: what it adds is constant too.
public final class OpenVault: AuditedVault, @unchecked Sendable {
    public let device: Device
    public let keyring: Keyring.Opened
    let describeProviders: ProviderDescriber?
    /// What no walk of sources takes in.
    let ownPlaces: OwnPlaces

    init(
        replicas: ReplicaSet, device: Device, keyring: Keyring.Opened, catalog: Catalog, lockFolder: String,
        catalogReplicas: [CatalogReplica], expectedEvery: [Duration?], describeProviders: ProviderDescriber?,
        keyringListing: SmallObjectListing?, ownPlaces: OwnPlaces = .none
    ) {
        self.ownPlaces = ownPlaces
        self.device = device
        self.keyring = keyring
        self.describeProviders = describeProviders
        super.init(
            id: keyring.keys.vault, replicas: replicas, signingKey: keyring.signingKey.publicKey,
            catalog: catalog, lockFolder: lockFolder, catalogReplicas: catalogReplicas,
            expectedEvery: expectedEvery, keyringListing: keyringListing)
    }

    var keys: VaultKeys { keyring.keys }

    override var authenticatesRecords: Bool { true }

    override func learn(_ key: ObjectKey, _ bytes: [UInt8], confirmedBy bits: Int64) throws -> Bool {
        switch ObjectName(key) {
        case .keyring(let sequence, _):
            _ = try Keyring(parsing: bytes, sequence: sequence, subject: key.rawValue)
                .open(masterKey: keys.masterKey)
        case .providers(let sequence, _):
            _ = try ProviderList(bytes, sequence: sequence, keys: keys, subject: key.rawValue)
        case .record(let time, _):
            try catalog.take(PersonalRecord(bytes, named: time, keys: keys, subject: key.rawValue))
        case .grant(let id, _):
            _ = try GivenGrant(bytes, named: id, keys: keys, subject: key.rawValue)
        case .collection(let collection, let sequence, _):
            _ = try VaultCollection(
                bytes, named: collection, sequence: sequence, keys: keys, subject: key.rawValue)
        case .snapshot(let collection, let time, let digest):
            let snapshotID = SnapshotID(time: time, digest: digest)
            let snapshot = try SealedSnapshot(bytes, vault: id, key: signingKey, subject: key.rawValue)
                .open(as: snapshotID, of: collection, keys: keys)
            try catalog.record(snapshot, id: snapshotID, isLearned: false)
        default:
            return try super.learn(key, bytes, confirmedBy: bits)
        }
        return true
    }
}

extension OpenVault {
    /// What reads this vault's pages and content.
    var reader: VaultReader { VaultReader(vault: id, replicas: replicas, contentKey: keys.contentKey) }
}
