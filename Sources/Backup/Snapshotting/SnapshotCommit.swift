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
    /// The replicas that show every keyring and collection: a snapshot is of no use where they are missing.
    let openable: [Int]

    /// - Returns: the snapshot's name, and the replicas that do not have it.
    /// - Throws: `QuorumError`; nothing is taken back then, and the next run takes up what is stored.
    func run() async throws -> (id: SnapshotID, behind: [Int]) {
        let catalog = vault.catalog
        let signingKey = vault.keyring.signingKey
        let all = Array(vault.replicas.stores.indices)

        var complete = openable
        if isNewCollection {
            let object = collection.sealed(keys: vault.keys)
            let stored = try await vault.store(object.name, object.bytes, keepsBytes: true)
                .filter(\.isStored).map(\.replica)
            complete = complete.filter(stored.contains)
        }

        let packs = try catalog.packsWithoutInventory()
        if !packs.isEmpty {
            complete = try await replicas(of: complete, with: packs)
            let inventory = Inventory(
                vault: vault.id, created: .now(), packs: packs.map(\.inventoryRecord), heads: snapshot.heads,
                named: try vault.objectsToName())
            let object = inventory.sealed(by: signingKey)
            complete = try await vault.store(object.name, object.bytes, on: complete)
                .filter(\.isStored).map(\.replica)
            try catalog.record(inventory, named: object.name.key)
        }

        complete = try complete.filter {
            try catalog.hasEveryPack(of: row, generation: row.generation + 1, vault.catalogReplicas[$0])
        }
        // An inventory may have failed there once, when its packs did not.
        for replica in complete {
            let inventories = try catalog.inventoriesDue(on: vault.catalogReplicas[replica])
            if try await !vault.copy(inventories, to: replica) { complete.removeAll { $0 == replica } }
        }
        var snapshot = snapshot
        snapshot.named = try vault.objectsToName()
        let (id, bytes) = snapshot.sealed(in: collection, vault: vault.id, by: signingKey)
        let outcomes = try await vault.store(
            .snapshot(collection.id, id.time, id.digest), bytes, on: complete)
        let stored = Set(outcomes.filter(\.isStored).map(\.replica))
        try catalog.record(snapshot, id: id, isLearned: true)
        try catalog.commit(row, base: id)
        return (id, all.filter { !stored.contains($0) })
    }

    /// Those of `replicas` that have all the packs.
    ///
    /// Where these are too few for the quorum, since each has failed with another pack, others are given what they
    /// miss: no inventory names it, so that no heal would ever do that.
    private func replicas(of replicas: [Int], with packs: [CatalogPack]) async throws -> [Int] {
        var complete: [Int] = []
        var missing: [(replica: Int, packs: [NeededObject])] = []
        for replica in replicas {
            let bit = vault.catalogReplicas[replica].bit
            let packs = packs.filter { $0.confirmed & bit == 0 }.map(\.inventoryRecord)
                .map { NeededObject(key: $0.name.key, byteCount: $0.byteCount) }
            if packs.isEmpty { complete.append(replica) } else { missing.append((replica, packs)) }
        }
        for (replica, packs) in missing where !vault.replicas.quorum.isReached(by: complete.count) {
            if try await vault.copy(packs, to: replica) { complete.append(replica) }
        }
        return complete
    }
}

extension OpenVault {
    /// What a signed object that is made now names: all that a quorum shows and nothing signed names yet. So what was
    /// ever committed is missed also where every replica has lost it.
    func objectsToName() throws -> [ObjectKey] {
        let all = bits(replicas.stores.indices)
        return try catalog.objectsNobodyNames()
            .filter { replicas.quorum.isReached(by: ($0.confirmed & all).nonzeroBitCount) }.map(\.key)
    }

    /// Copies objects that a replica misses from one that has them; whether it has all of them then.
    func copy(_ objects: [NeededObject], to replica: Int) async throws -> Bool {
        for object in objects {
            guard case .proved(let outcomes) = await replicas.copy(object, to: [replica]),
                outcomes.allSatisfy({ $0.isStored })
            else { return false }
            try catalog.settle(object.key, byteCount: object.byteCount ?? 0, on: catalogReplicas[replica])
        }
        return true
    }
}
