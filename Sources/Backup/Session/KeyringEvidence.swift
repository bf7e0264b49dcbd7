internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// What inventories say of keyrings: each names what was committed before it, and is signed by the vault's key.
///
/// It is no proof, since whoever plants a keyring can sign for it with a key of their own. It tells which few of
/// thousands to try first.
struct KeyringEvidence {
    /// How many inventories of each replica are looked at, from either end of the listing.
    private static let inventoriesAtEachEnd = 16
    private static let pageLimit = 64

    let replicas: ReplicaSet

    /// Those of `keyrings` that an inventory names which verifies by the key in the keyring itself.
    func named(of keyrings: [Keyring]) async -> Set<ObjectKey> {
        let signers = Set(keyrings.map { Signer(vault: $0.vault, key: $0.signingPublicKey) })
        let statements = await inventories()
        var named: Set<ObjectKey> = []
        for signer in signers {
            let keys = Set(statements.compactMap { $0.opened(by: signer) }.flatMap(\.named))
            guard !keys.isEmpty else { continue }
            for keyring in keyrings
            where Signer(vault: keyring.vault, key: keyring.signingPublicKey) == signer {
                if keys.contains(keyring.name.key) { named.insert(keyring.name.key) }
            }
        }
        return named
    }

    /// Those of `keyrings` whose key has signed any inventory there.
    func signing(of keyrings: [Keyring]) async -> [Keyring] {
        let statements = await inventories()
        return keyrings.filter { keyring in
            let signer = Signer(vault: keyring.vault, key: keyring.signingPublicKey)
            return statements.contains { $0.opened(by: signer) != nil }
        }
    }

    /// Whether the replica shows an inventory of the vault that is open.
    func hasSigned(_ opened: Keyring.Opened, on replica: Int) async -> Bool {
        let signer = Signer(vault: opened.keys.vault, key: opened.signingKey.publicKey)
        return await inventories(of: replica).contains { $0.opened(by: signer) != nil }
    }

    private struct Signer: Hashable {
        let vault: VaultID
        let key: VerificationKey
    }

    private struct StoredInventory: Sendable {
        let key: ObjectKey
        let time: UTCTime
        let bytes: [UInt8]

        func opened(by signer: Signer) -> Inventory? {
            try? Inventory(bytes, named: time, vault: signer.vault, key: signer.key, subject: key.rawValue)
        }
    }

    /// Inventories from both ends of each replica's listing, as they are stored. One that cannot be had tells nothing: the
    /// order is the worse for it, and no keyring is left out.
    private func inventories() async -> [StoredInventory] {
        await withTaskGroup(of: [StoredInventory].self) { group in
            for replica in replicas.stores.indices {
                group.addTask { await inventories(of: replica) }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func inventories(of replica: Int) async -> [StoredInventory] {
        var keys: [ObjectKey] = []
        var token: String?
        for _ in 0..<Self.pageLimit {
            let store = replicas.stores[replica]
            guard let page = try? await store.list(prefix: ObjectName.inventoryPrefix, continuing: token)
            else { break }
            keys += page.objects.map(\.key)
            if keys.count > 2 * Self.inventoriesAtEachEnd {
                keys.removeSubrange(Self.inventoriesAtEachEnd..<keys.count - Self.inventoriesAtEachEnd)
            }
            token = page.nextToken
            if token == nil { break }
        }
        var found: [StoredInventory] = []
        for key in keys {
            guard case .inventory(let time, _) = ObjectName(key),
                let bytes = try? await replicas.getVerified(
                    key, maximumByteCount: Format.maximumObjectByteCount, from: [replica])
            else { continue }
            found.append(StoredInventory(key: key, time: time, bytes: bytes.array))
        }
        return found
    }
}
