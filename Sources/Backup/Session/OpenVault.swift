public import ObjectStore
public import Replicator
internal import Synchronization
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

/// This machine, as it is named in snapshots.
public struct Device: Sendable {
    public let id: DeviceID
    public let host: String
}

/// A vault that is open on this machine: its replicas, its keys, and the catalog.
public final class OpenVault: Sendable {
    public let replicas: ReplicaSet
    public let device: Device
    public let keyring: Keyring.Opened
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
        replicas: ReplicaSet, device: Device, keyring: Keyring.Opened, catalog: Catalog, lockFolder: String,
        catalogReplicas: [CatalogReplica], expectedEvery: [Duration?], keyringListing: SmallObjectListing?
    ) {
        self.replicas = replicas
        self.device = device
        self.keyring = keyring
        self.catalog = catalog
        self.lockFolder = lockFolder
        self.catalogReplicas = catalogReplicas
        self.expectedEvery = expectedEvery
        self.keyringListing = Mutex(keyringListing)
    }

    /// The keyrings that were listed a moment ago, once.
    func takeKeyringListing() -> SmallObjectListing? { keyringListing.withLock { $0.take() } }

    public var id: VaultID { keyring.keys.vault }
    var keys: VaultKeys { keyring.keys }

    /// These replicas in a record of the catalog.
    func bits(_ replicas: some Sequence<Int>) -> Int64 {
        replicas.reduce(0) { $0 | catalogReplicas[$1].bit }
    }
}

extension OpenVault {
    /// Reads and opens one chunk that is no content: a page or a list, from the first replica that has it right.
    ///
    /// - Throws: `ReplicaSetError` with every replica's failure.
    func readMeta(
        _ reference: Reference, role: ChunkRole, from order: [Int]? = nil
    ) async throws -> [UInt8] {
        let reader = ChunkReader(vault: id, contentKey: nil)
        var plaintext: [UInt8]?
        _ = try await replicas.get(
            ObjectName.metaPack(reference.pack).key, range: reference.range,
            maximumByteCount: Format.maximumPackByteCount, from: order,
            accept: { bytes in
                plaintext = bytes.withUnsafeBytes { try? reader.open($0, reference, role: role) }
                return plaintext != nil
            })
        guard let plaintext else { preconditionFailure("an accepted answer was opened") }
        return plaintext
    }
}
