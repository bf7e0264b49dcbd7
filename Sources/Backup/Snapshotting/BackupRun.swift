internal import ObjectStore
internal import Replicator
internal import Vault

/// What is decided before a run reads anything, and is the same for all its attempts.
struct BackupRun: Sendable {
    let request: BackupRequest
    let record: CollectionRecord
    let schedule: CheckpointSchedule
    /// In nanoseconds since 1970.
    let started: Int64
    /// The replicas that show every keyring and collection: a snapshot is of no use where they are missing.
    let openable: [Int]
    /// By replica, why it could not be asked what it shows.
    let unreachable: [ObjectStoreError?]
    /// Those that had nothing of the vault when it began.
    let newReplicas: [Int]
    /// Of these, what was found of each.
    let emptyReplicas: [EmptyReplica]
    let progress: RunProgress
    let warn: WarningHandler

    /// Those that lost everything, and get it again because that was asked for.
    var refilled: [Int] {
        request.refill == .everything ? emptyReplicas.filter(\.isEmptied).map(\.replica) : []
    }

    var collection: VaultCollection { record.collection }
    /// Whether what the walk does not meet stays: the run is an archive.
    var keepsAbsent: Bool { request.rules.keepsAbsent }
}

extension OpenVault {
    /// Learns what the replicas show, and decides whether and where a snapshot can be committed.
    ///
    /// - Throws: `AccessError` when too few replicas answer.
    func begin(
        _ request: BackupRequest, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> BackupRun {
        let started = UTCTime.nowInNanoseconds()
        replicas.listingPatience = .writing
        let listing = try await synchronise(ObjectName.backupPrefixes, warn: warn)
        if !request.isDryRun { try await settlePlaces(listing, warn: warn) }
        try requireQuorum(listing)
        let empty = try lookAtEmptyReplicas(listing, request.refill, warn: warn)
        let openable = request.isDryRun ? [] : try await replicasWithKeys(listing)
        try await takeUpAnnouncedPacks()
        try catalog.forgetPacksWithoutInventory(olderThan: .now().advanced(bySeconds: -6 * 86400))
        try await learnHeads(warn: warn)
        return BackupRun(
            request: request, record: try collectionRecord(named: request.collection),
            schedule: request.checkpoints ?? CheckpointSchedule(), started: started, openable: openable,
            unreachable: listing.failures, newReplicas: listing.newReplicas,
            emptyReplicas: empty, progress: progress, warn: warn)
    }

    /// The snapshots that the next one can be made from, the best first: of a backup this machine's own; of an archive
    /// everybody's, but where machines have histories of their own, those of this machine's come first.
    func baseCandidates(of run: BackupRun) async throws -> [SnapshotID] {
        let collection = run.collection.id
        guard run.keepsAbsent else { return try catalog.snapshots(of: collection, by: device.id) }
        let all = try catalog.snapshots().filter { $0.collection == collection }
        let newestFirst = all.map(\.id).sorted(by: >)
        guard Set(all.map(\.device)).count > 1,
            let choice = try? await lineage(of: collection).choose(
                among: Set(newestFirst), own: device.id, host: nil, of: run.collection.name)
        else { return newestFirst }
        return choice.order + newestFirst.filter { !choice.order.contains($0) }
    }

    /// The collection with the rows of the first of `candidates` that can be read.
    func prepare(_ run: BackupRun, from candidates: [SnapshotID]) async throws -> PreparedCollection {
        try await prepare(
            try catalog.collection(run.collection.id, name: run.request.collection), from: candidates,
            warn: run.warn)
    }

    /// Too few providers that answer: nothing is begun that could not be committed.
    func requireQuorum(_ listing: SmallObjectListing) throws {
        let answered = replicas.placeCount(listing.answering)
        guard !replicas.isQuorum(listing.answering) else { return }
        let failures = listing.failures.compactMap { $0 }
        let places = replicas.places
        // A second name of a place that answers is no second answer.
        let doubles = listing.answering.filter { one in
            listing.answering.contains { $0 < one && places[$0] == places[one] }
        }
        let reasons =
            failures.map { "\($0.store): \($0.reason)" }
            + doubles.map { "\(replicas.names[$0]) is the same place as \(replicas.names[places[$0]])" }
        throw AccessError(
            .unreachable,
            "\(answered) of \(replicas.stores.count) providers answered, and the quorum is "
                + "\(replicas.quorum.replicaCount): \(reasons.joined(separator: "; "))",
            hint: failures.compactMap(\.hint).first
                ?? (doubles.isEmpty
                    ? nil : "take one of them out of the configuration, or give it a place of its own"))
    }

    /// The replicas that show all keyrings and collections that any of them has shown.
    ///
    /// Where these are too few for the quorum, others that answer are given what they miss: a record that was
    /// stored too seldom once would else keep all later runs from a quorum.
    private func replicasWithKeys(_ listing: SmallObjectListing) async throws -> [Int] {
        let needed = try [ObjectName.keyringPrefix, ObjectName.collectionsPrefix]
            .flatMap { try catalog.neededObjects(prefix: $0) }.filter { $0.byteCount != nil }
        var complete: [Int] = []
        var missing: [(replica: Int, objects: [NeededObject])] = []
        for (replica, objects) in listing.objects.enumerated() {
            guard let shown = objects.map({ Set($0.map(\.key)) }) else { continue }
            let objects = needed.filter { !shown.contains($0.key) }
            if objects.isEmpty { complete.append(replica) } else { missing.append((replica, objects)) }
        }
        for (replica, objects) in missing where !replicas.isQuorum(complete) {
            if try await copy(objects, to: replica) { complete.append(replica) }
        }
        return complete
    }

    /// The collection of that name, as the newest object in the catalog has it, or a new one.
    func collectionRecord(named name: String) throws -> CollectionRecord {
        if let newest = try newestRecord(of: keys.collectionID(name: name)) {
            return CollectionRecord(newest.collection, isNew: false)
        }
        return CollectionRecord(VaultCollection.make(name: name, keys: keys), isNew: true)
    }

    /// The collection's newest record in the catalog, if there is one.
    func newestRecord(of id: CollectionID) throws -> (key: ObjectKey, collection: VaultCollection)? {
        let newest = try catalog.objects(prefix: "\(ObjectName.collectionsPrefix)\(id.hex)/").last
        guard let newest, let key = ObjectKey(newest.name), let bytes = try catalog.bytes(of: key),
            case .collection(_, let sequence, _) = ObjectName(key)
        else { return nil }
        let collection = try VaultCollection(
            bytes, named: id, sequence: sequence, keys: keys, subject: newest.name)
        return (key, collection)
    }
}
