internal import Crypto
public import ObjectStore
internal import Replicator
public import Vault

/// A collection in a new epoch, with its current state committed under it.
public struct BegunEpoch: Sendable {
    public let number: UInt64
    /// The current state, sealed under the new epoch's key.
    public let snapshot: SnapshotID
    /// Replicas that did not take everything, with the reason; the quorum held.
    public let behind: [ObjectStoreError]
}

/// Why a collection could not be brought into a new epoch.
public struct EpochError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let hint: String?
}

extension OpenVault {
    /// Begins a new epoch of a collection: puts a record with a new random key, the grants of those who are to have it,
    /// and the newest snapshot once more, sealed under that key; then marks the collection's earlier grants to be deleted.
    ///
    /// The snapshot goes where the record and the grants are, and names them. What is stored when this fails halfway
    /// harms nothing: the next run begins an epoch after it.
    ///
    /// - Parameter granting: given the collection in its new epoch and the grants so far, returns those to be put. Nothing
    ///   has been written when it is called; what it throws ends the run.
    /// - Throws: `SelectionError` where there is no snapshot; `EpochError`, `AccessError`, `QuorumError`,
    ///   `AnotherRunError`, `CatalogError`.
    package func beginEpoch(
        of name: String, warn: @escaping WarningHandler,
        granting: (VaultCollection, [GivenGrant]) throws -> [(name: ObjectName, bytes: [UInt8])]
    ) async throws -> BegunEpoch {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        try requireQuorum(listing)
        var selection = SnapshotSelection(collection: name)
        selection.isOfAnyMachine = true
        let newest = try await find(selection, warn: warn)
        let collection = try currentCollection(named: name).beginningEpoch(keys: keys)
        let earlier = try grants(of: collection.id)
        let granted = try granting(collection, earlier.map(\.grant))

        var takers = try await takers(of: newest, in: listing)
        let record = collection.sealed(keys: keys)
        takers.keep(try await store(record.name, record.bytes, keepsBytes: true))
        try await requireAlone(record.name, warn: warn)
        for grant in granted {
            takers.keep(try await store(grant.name, grant.bytes, keepsBytes: true))
        }
        let snapshot = try await commit(newest, in: collection, on: takers, warn: warn)
        try await putTombstone(of: earlier.map(\.key), .marked)
        return BegunEpoch(
            number: collection.currentEpoch.number, snapshot: snapshot, behind: takers.failures)
    }

    /// The grants that count: those without a tombstone, as this machine has read them.
    ///
    /// - Throws: `VaultError`, `CatalogError`.
    func grants(of collection: CollectionID? = nil) throws -> [(key: ObjectKey, grant: GivenGrant)] {
        try catalog.neededObjects(prefix: ObjectName.grantsPrefix).compactMap { object in
            guard case .grant(let id, _) = ObjectName(object.key),
                let bytes = try catalog.bytes(of: object.key)
            else { return nil }
            let grant = try GivenGrant(bytes, named: id, keys: keys, subject: object.key.rawValue)
            return collection.map { $0 == grant.collection } ?? true ? (object.key, grant) : nil
        }
    }

    /// The grants that count, as the replicas show them now.
    ///
    /// - Throws: `VaultError`, `CatalogError`, `ObjectStoreError` when no replica answers.
    public func grants(warn: @escaping WarningHandler) async throws -> [GivenGrant] {
        let listing = try await synchronise(warn: warn)
        if let first = listing.failures.compactMap(\.self).first, listing.failures.allSatisfy({ $0 != nil }) {
            throw first
        }
        return try grants().map(\.grant)
    }

    /// The replicas that have the snapshot, and so everything that it needs. Where these are too few for the quorum, others
    /// may only have to catch up.
    private func takers(of newest: FoundSnapshot, in listing: SmallObjectListing) async throws -> Takers {
        let key = ObjectName.snapshot(newest.snapshot.collection, newest.id.time, newest.id.digest).key
        func holders() throws -> [Int] {
            try replicas.stores.indices.filter { try catalog.isConfirmed(key, by: catalogReplicas[$0]) }
        }
        if !replicas.isQuorum(try holders()) {
            _ = try await catchUp(.neverHad).run(
                on: listing.objects.indices.filter { listing.objects[$0] != nil })
        }
        return Takers(try holders(), of: replicas.stores.count)
    }

    /// The collection as its newest record has it. One without a record cannot go on: its number is not known.
    private func currentCollection(named name: String) throws -> VaultCollection {
        let record = try collectionRecord(named: name)
        guard !record.isNew else {
            throw EpochError(
                description: "no replica has the record of collection \"\(name)\" any more",
                hint: "photobackup backup writes a new one")
        }
        return record.collection
    }

    /// Another machine may have begun an epoch at the same time: of two records with one sequence one counts, and the
    /// other's keys open nothing that comes after. Each looks after it has put its own, so that one of them sees both.
    private func requireAlone(_ record: ObjectName, warn: @escaping WarningHandler) async throws {
        guard case .collection(let id, let sequence, _) = record else { return }
        let prefix = "\(ObjectName.collectionsPrefix)\(id.hex)/"
        try await synchronise([prefix], warn: warn)
        let others = try catalog.objects(prefix: prefix).compactMap { ObjectKey($0.name) }
            .filter { $0 != record.key && ObjectName($0)?.sequence ?? 0 >= sequence }
        guard others.isEmpty else {
            throw EpochError(
                description: "another machine has begun an epoch of this collection at the same time",
                hint: "run it again: what is stored stays stored")
        }
    }

    /// Commits the snapshot's content once more. It was made now: so it is the newest, and what is forgotten by age is
    /// the one before.
    private func commit(
        _ newest: FoundSnapshot, in collection: VaultCollection, on takers: Takers,
        warn: @escaping WarningHandler
    ) async throws -> SnapshotID {
        var snapshot = newest.snapshot
        snapshot.started = max(UTCTime.nowInNanoseconds(), snapshot.finished.heldSum(1_000_000_000))
        snapshot.finished = snapshot.started
        snapshot.parent = newest.id
        snapshot.heads = try catalog.heads().map(\.head)
        snapshot.named = try objectsToName()
        let (id, bytes) = snapshot.sealed(in: collection, vault: self.id, by: keyring.signingKey)
        let name = ObjectName.snapshot(collection.id, id.time, id.digest)
        try await store(name, bytes, on: takers.replicas, ineligible: takers.reasons)
        try catalog.record(snapshot, id: id, isLearned: false)
        // While the one before was not to be deleted, nothing was that this one needs.
        try await learnTombstones(warn: warn)
        let before = ObjectName.snapshot(collection.id, newest.id.time, newest.id.digest).key
        guard try !catalog.hasTombstone(before.rawValue) else {
            try await putTombstone(of: [name.key], .marked)
            throw EpochError(
                description: "snapshot \(newest.id.short) was forgotten meanwhile",
                hint: "run it again: what is stored stays stored")
        }
        try catalog.rebase(collection.id, from: newest.id, to: id)
        return id
    }
}

/// The replicas that have all that the new snapshot needs, and why the others have not.
private struct Takers {
    private(set) var replicas: [Int]
    private(set) var reasons: [Int: String]
    private(set) var failures: [ObjectStoreError] = []

    init(_ holders: [Int], of count: Int) {
        replicas = holders
        reasons = Dictionary(
            uniqueKeysWithValues: (0..<count).filter { !holders.contains($0) }
                .map { ($0, "it does not have the newest snapshot") })
    }

    /// Drops the replicas that have not taken an object.
    mutating func keep(_ outcomes: [PutOutcome]) {
        for outcome in outcomes {
            guard let error = outcome.error else { continue }
            if !failures.contains(where: { $0.store == error.store }) { failures.append(error) }
            replicas.removeAll { $0 == outcome.replica }
            reasons[outcome.replica] = error.reason
        }
    }
}
