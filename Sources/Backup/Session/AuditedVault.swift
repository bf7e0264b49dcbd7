public import Crypto
internal import ObjectStore
public import Replicator
internal import Synchronization
public import Vault

/// A vault as a machine without any secret sees it: its replicas, the public key that its signatures verify with, and
/// the catalog. That is enough to verify and to heal.
///
/// What is believed is what the vault's key has signed, and what something signed names. `OpenVault` is the same with
/// the keys, and believes what they authenticate besides.
///
/// Unchecked: a class that others inherit from cannot be checked. All of it is constant, and so are its heirs.
public class AuditedVault: @unchecked Sendable {
    public let id: VaultID
    public let replicas: ReplicaSet
    /// What the vault signs with.
    public let signingKey: VerificationKey
    let catalog: Catalog
    /// Where the lock of this machine's runs is.
    let lockFolder: String
    /// As the catalog numbers them, in the order of `replicas`.
    let catalogReplicas: [CatalogReplica]
    /// How long each replica may be away.
    let expectedEvery: [Duration?]
    /// What was listed to open the vault, until it is used.
    private let keyringListing: Mutex<SmallObjectListing?>

    init(
        id: VaultID, replicas: ReplicaSet, signingKey: VerificationKey, catalog: Catalog, lockFolder: String,
        catalogReplicas: [CatalogReplica], expectedEvery: [Duration?],
        keyringListing: SmallObjectListing? = nil
    ) {
        self.id = id
        self.replicas = replicas
        self.signingKey = signingKey
        self.catalog = catalog
        self.lockFolder = lockFolder
        self.catalogReplicas = catalogReplicas
        self.expectedEvery = expectedEvery
        self.keyringListing = Mutex(keyringListing)
    }

    /// The keyrings that were listed a moment ago, once.
    func takeKeyringListing() -> SmallObjectListing? { keyringListing.withLock { $0.take() } }

    /// Whether keyrings and the records of collections are believed by themselves, and not only once something signed
    /// names them.
    var authenticatesRecords: Bool { false }

    /// Takes what one small object says into the catalog.
    ///
    /// - Returns: whether it is proven to be the vault's; false where that cannot be known yet.
    /// - Throws: `VaultError` for one that is not the vault's.
    func learn(_ key: ObjectKey, _ bytes: [UInt8], confirmedBy bits: Int64) throws -> Bool {
        switch ObjectName(key) {
        case .inventory(let time, _):
            let inventory = try Inventory(
                bytes, named: time, vault: id, key: signingKey, subject: key.rawValue)
            try catalog.record(inventory, named: key, confirmedBy: bits)
            return true
        case .tombstone(let time, _):
            let tombstone = try Tombstone(
                bytes, named: time, vault: id, key: signingKey, subject: key.rawValue)
            try catalog.record(tombstone, named: key)
            return true
        case .snapshot(let collection, let time, let digest):
            let sealed = try SealedSnapshot(bytes, vault: id, key: signingKey, subject: key.rawValue)
            try sealed.check(is: SnapshotID(time: time, digest: digest), of: collection)
            try catalog.record(objects: sealed.named, namedBy: key)
            return true
        default:
            // Its hash is in its name, so whoever names it vouches for its bytes.
            return try !catalog.namers(of: key).isEmpty
        }
    }

    /// These replicas in a record of the catalog.
    func bits(_ replicas: some Sequence<Int>) -> Int64 {
        replicas.reduce(0) { $0 | catalogReplicas[$1].bit }
    }
}
