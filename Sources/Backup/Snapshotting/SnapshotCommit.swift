internal import ObjectStore
internal import Replicator
internal import Vault

/// Commits a snapshot whose packs are stored: on each replica by itself, and in order. The inventory goes to a
/// replica that has all packs in it; the snapshot to one that has that, and every other pack it needs.
struct SnapshotCommit {
    let vault: OpenVault
    let collection: VaultCollection
    /// The collection's object has not been stored yet.
    let isNewCollection: Bool
    let row: CatalogCollection
    let snapshot: Snapshot

    /// - Returns: the snapshot's name, and the replicas that do not have it.
    /// - Throws: `QuorumError`; nothing is taken back then, and the next run takes up what is stored.
    func run() async throws -> (id: SnapshotID, behind: [Int]) {
        let catalog = vault.catalog
        let signingKey = vault.keyring.signingKey
        let all = Array(vault.replicas.stores.indices)

        if isNewCollection {
            let object = collection.sealed(keys: vault.keys)
            try await vault.store(object.name, object.bytes, keepsBytes: true)
        }

        var complete = all
        let packs = try catalog.packsWithoutInventory()
        if !packs.isEmpty {
            complete = all.filter { replica in
                packs.allSatisfy { $0.confirmed & vault.catalogReplicas[replica].bit != 0 }
            }
            let inventory = Inventory(
                vault: vault.id, created: .now(), packs: packs.map(\.inventoryRecord), heads: snapshot.heads)
            let object = inventory.sealed(by: signingKey)
            complete = try await vault.store(object.name, object.bytes, on: complete)
                .filter(\.isStored).map(\.replica)
            try catalog.record(inventory: packs.map(\.inventoryRecord), named: object.name.key)
        }

        complete = try complete.filter {
            try catalog.hasEveryPack(of: row, generation: row.generation + 1, vault.catalogReplicas[$0])
        }
        let (id, bytes) = snapshot.sealed(in: collection, vault: vault.id, by: signingKey)
        let outcomes = try await vault.store(
            .snapshot(collection.id, id.time, id.digest), bytes, on: complete)
        let stored = Set(outcomes.filter(\.isStored).map(\.replica))
        try catalog.record(snapshot, id: id, isLearned: true)
        try catalog.commit(row, base: id)
        return (id, all.filter { !stored.contains($0) })
    }
}
