internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Commits a snapshot whose packs are stored: on each replica by itself, and in order. The inventory goes to a
/// replica that has all packs in it; the snapshot to one that has that, and every other pack it needs.
struct SnapshotCommit {
    let vault: OpenVault
    let record: CollectionRecord
    let row: CatalogCollection
    let snapshot: Snapshot
    /// Packs that no replica has any more and whose files the snapshot names: they hold up nothing.
    let lost: Set<SHA256Digest>
    /// The replicas that show every keyring and collection: a snapshot is of no use where they are missing.
    let openable: [Int]
    /// By replica, why it could not be asked what it shows.
    let unreachable: [ObjectStoreError?]
    var progress: RunProgress?
    let warn: WarningHandler

    /// - Throws: `QuorumError`; nothing is taken back then, and the next run takes up what is stored.
    func run() async throws -> SnapshotID {
        let catalog = vault.catalog
        var eligible = Eligibility(vault: vault, openable, unreachable: unreachable)
        try await record.store(in: vault)
        eligible.keep(
            try eligible.replicas.filter { try record.isOn($0, of: vault) }, "the collection's record")
        let packs = try catalog.packsWithoutInventory()
        if !packs.isEmpty {
            eligible.keep(try await replicas(of: eligible.replicas, with: packs), "packs of this run")
            try await storeInventory(of: packs, &eligible)
        }
        if !vault.replicas.isQuorum(try whole(eligible.replicas)) {
            // Too few have what the snapshot needs from before: others may only have to catch up.
            _ = try await vault.catchUp(.neverHad, progress: progress).run(on: eligible.replicas)
        }
        eligible.keep(try whole(eligible.replicas), "packs that the snapshot needs")
        // An inventory may have failed there once, when its packs did not.
        let failures = try await vault.catchUp(.everything, progress: progress).runInventories(
            on: eligible.replicas
        ).failures
        eligible.keep(eligible.replicas.filter { failures[$0] == nil }, "an inventory")

        try await record.lookAgain(in: vault, warn: warn)
        eligible.keep(
            try eligible.replicas.filter { try record.isOn($0, of: vault) }, "the collection's newest record")
        let collection = record.collection
        var snapshot = snapshot
        snapshot.named = try vault.objectsToName()
        let (id, bytes) = snapshot.sealed(in: collection, vault: vault.id, by: vault.keyring.signingKey)
        try await vault.store(
            .snapshot(collection.id, id.time, id.digest), bytes, on: eligible.replicas,
            ineligible: eligible.reasons)
        try catalog.record(snapshot, id: id, isLearned: true)
        try catalog.commit(row, base: id)
        return id
    }

    private func storeInventory(of packs: [CatalogPack], _ eligible: inout Eligibility) async throws {
        let inventory = Inventory(
            vault: vault.id, created: .now(), packs: packs.map(\.inventoryRecord), heads: snapshot.heads,
            named: try vault.objectsToName())
        let object = inventory.sealed(by: vault.keyring.signingKey)
        eligible.keep(
            try await vault.store(
                object.name, object.bytes, on: eligible.replicas, ineligible: eligible.reasons))
        try vault.catalog.record(inventory, named: object.name.key)
    }

    /// Those of `replicas` that have every pack the snapshot needs.
    private func whole(_ replicas: [Int]) throws -> [Int] {
        try replicas.filter {
            try vault.catalog.hasEveryPack(
                of: row, generation: row.generation + 1, vault.catalogReplicas[$0], except: lost)
        }
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
        for (replica, packs) in missing where !vault.replicas.isQuorum(complete) {
            if try await vault.copy(packs, to: replica) { complete.append(replica) }
        }
        return complete
    }
}

/// The replicas that a snapshot can go to, and why not to the others.
struct Eligibility {
    private let vault: OpenVault
    private(set) var replicas: [Int]
    /// By replica, for those that it cannot go to.
    private(set) var reasons: [Int: String] = [:]

    /// - Parameter openable: those that show what opens a snapshot.
    init(vault: OpenVault, _ openable: [Int], unreachable: [ObjectStoreError?]) {
        self.vault = vault
        replicas = Array(vault.replicas.stores.indices)
        keep(openable, "a keyring or a collection's record")
        for (replica, error) in unreachable.enumerated() {
            if let error { reasons[replica] = error.reason }
        }
    }

    /// Drops the replicas that are not among `kept`, because they lack `what`.
    mutating func keep(_ kept: [Int], _ what: String) {
        for replica in replicas where !kept.contains(replica) {
            reasons[replica] = vault.replicas.outage(of: replica)?.reason.reason ?? "it lacks \(what)"
        }
        replicas = replicas.filter(kept.contains)
    }

    /// Drops the replicas that have not stored an object.
    mutating func keep(_ outcomes: [PutOutcome]) {
        for outcome in outcomes {
            guard let error = outcome.error, replicas.contains(outcome.replica) else { continue }
            reasons[outcome.replica] = error.reason
        }
        replicas = replicas.filter { replica in outcomes.contains { $0.replica == replica && $0.isStored } }
    }
}

extension OpenVault {
    /// What a signed object that is made now names: all that a quorum shows and nothing signed names yet. So what was
    /// ever committed is missed also where every replica has lost it.
    func objectsToName() throws -> [ObjectKey] {
        try catalog.objectsNobodyNames().filter { object in
            replicas.isQuorum(
                catalogReplicas.indices.filter { catalogReplicas[$0].bit & object.confirmed != 0 })
        }.map(\.key)
    }

    /// Copies objects that a replica misses from one that has them; whether it has all of them then.
    func copy(_ objects: [NeededObject], to replica: Int) async throws -> Bool {
        for object in objects {
            guard
                case .proved(let outcomes) = await replicas.copy(
                    object, to: [replica], preferring: cheapReplicas),
                outcomes.allSatisfy({ $0.isStored })
            else { return false }
            try catalog.settle(object.key, byteCount: object.byteCount ?? 0, on: catalogReplicas[replica])
        }
        return true
    }
}
