internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Backs up one collection: reads what has changed, stores what is new on all replicas at once, and commits
    /// a snapshot of everything.
    ///
    /// - Throws: `SourceError` (the last snapshot stays), `ConflictError`, `QuorumError`, `CatalogError`,
    ///   `PrunedMeanwhileError`, `CancellationError`. What was stored by then is taken up by the next run.
    public func backUp(
        _ request: BackupRequest, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> BackupSummary {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        let started = UTCTime.nowInNanoseconds()
        let listing = try await synchronise(warn: warn)
        try requireQuorum(listing)
        let openable = request.isDryRun ? [] : try await replicasWithKeys(listing)
        try await takeUpAnnouncedPacks()
        try catalog.forgetPacksWithoutInventory(olderThan: .now().advanced(bySeconds: -6 * 86400))
        try await learnHeads(warn: warn)
        let run = BackupRun(
            request: request, record: try collectionRecord(named: request.collection),
            schedule: request.checkpoints ?? CheckpointSchedule(), started: started, openable: openable,
            unreachable: listing.failures, progress: progress, warn: warn)

        var totals = StoredTotals(replicaCount: replicas.stores.count)
        /// Another machine's snapshot that came meanwhile, and whose entries an archive must not leave out.
        var met: SnapshotID?
        for _ in 0..<3 {
            let known = try catalog.snapshots(
                of: run.record.collection.id, by: request.rules.keepsAbsent ? nil : device.id)
            let prepared = try await prepare(
                try catalog.collection(run.record.collection.id, name: request.collection),
                from: (met.map { [$0] } ?? []) + known, warn: warn)
            if request.isDryRun { return try await dryRun(request, prepared.row) }
            let (id, scan) = try await store(run, prepared, &totals)
            let isSpared = try await lookAfterwards(
                prepared.row, run.record.collection, isArchive: request.rules.keepsAbsent, warn: warn)
            if request.rules.keepsAbsent, met == nil {
                met = try catalog.snapshots()
                    .last {
                        $0.collection == run.record.collection.id && $0.device != device.id
                            && !known.contains($0.id)
                    }?
                    .id
                if met != nil {
                    try await synchronise(warn: warn)
                    continue
                }
            }
            if isSpared {
                let name = ObjectName.snapshot(run.record.collection.id, id.time, id.digest).key
                let standings = try await finish(listing, progress: progress, warn: warn)
                return try summary(
                    request, scan, (id, name), totals: totals, bytesRead: progress.state.bytes,
                    standings: standings)
            }
        }
        throw PrunedMeanwhileError()
    }

    /// What is the same for all attempts of a run.
    private struct BackupRun {
        let request: BackupRequest
        let record: CollectionRecord
        let schedule: CheckpointSchedule
        let started: Int64
        let openable: [Int]
        let unreachable: [ObjectStoreError?]
        let progress: RunProgress
        let warn: WarningHandler
    }

    /// Stores what is new and commits a snapshot.
    private func store(
        _ run: BackupRun, _ prepared: PreparedCollection, _ totals: inout StoredTotals
    ) async throws -> (id: SnapshotID, scan: ScanResult) {
        let collection = run.record.collection
        let keepsAbsent = run.request.rules.keepsAbsent
        let plan = CheckpointPlan(
            schedule: run.schedule, record: run.record, row: prepared.row, openable: run.openable,
            base: prepared.base, started: run.started, tags: run.request.tags)
        var (scan, uploader) = try await scan(run.request, plan, run.progress)
        guard scan.conflicts.isEmpty else {
            throw ConflictError(collection: collection.name, paths: scan.conflicts)
        }
        // An archive takes nothing out; of a list that is lost it cannot tell what was in it.
        if keepsAbsent { scan.unreadable += prepared.lostPages.map(\.lostEntries) }
        totals.add(uploader.totals)
        var snapshot = Snapshot(
            scan, collection: collection, device: device,
            after: try catalog.snapshots(of: collection.id, by: keepsAbsent ? nil : device.id).first)
        snapshot.started = run.started
        snapshot.tags = run.request.tags
        snapshot.heads = try catalog.heads().map(\.head)
        snapshot.parent = prepared.base
        let id = try await SnapshotCommit(
            vault: self, record: run.record, row: prepared.row, snapshot: snapshot, lost: scan.lostPacks,
            openable: run.openable, unreachable: run.unreachable
        ).run()
        return (id, scan)
    }

    /// Tries once more what has failed, and gives replicas what earlier runs could not.
    private func finish(
        _ listing: SmallObjectListing, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> [ReplicaStanding] {
        replicas.beginPhase()
        let unreachable = try await lookAgain(listing.failures, warn: warn)
        var failures: [Int: ObjectStoreError] = [:]
        do {
            failures = try await catchUpReachable(unreachable, progress: progress)
        } catch is CancellationError {
            // The snapshot is stored, and what is missing is told.
        }
        return try noteStandings(unreachable: unreachable, failures: failures)
    }

    /// The collection of that name, as the newest object in the catalog has it, or a new one.
    func collectionRecord(named name: String) throws -> CollectionRecord {
        let id = keys.collectionID(name: name)
        let newest = try catalog.objects(prefix: "\(ObjectName.collectionsPrefix)\(id.hex)/").last
        guard let newest, let key = ObjectKey(newest.name), let bytes = try catalog.bytes(of: key),
            case .collection(_, let sequence, _) = ObjectName(key)
        else { return CollectionRecord(VaultCollection.make(name: name, keys: keys), isNew: true) }
        let collection = try VaultCollection(
            bytes, named: id, sequence: sequence, keys: keys, subject: newest.name)
        return CollectionRecord(collection, isNew: false)
    }

    /// Too few providers that answer: nothing is read for a snapshot that could not be committed.
    private func requireQuorum(_ listing: SmallObjectListing) throws {
        let answered = listing.failures.count { $0 == nil }
        guard !replicas.quorum.isReached(by: answered) else { return }
        let failures = listing.failures.compactMap { $0 }
        throw AccessError(
            .unreachable,
            "\(answered) of \(replicas.stores.count) providers answered, and the quorum is "
                + "\(replicas.quorum.replicaCount): \(failures.map { "\($0.store): \($0.reason)" }.joined(separator: "; "))",
            hint: failures.compactMap(\.hint).first)
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
        for (replica, objects) in missing where !replicas.quorum.isReached(by: complete.count) {
            if try await copy(objects, to: replica) { complete.append(replica) }
        }
        return complete
    }

    /// Walks the sources and stores what is new, on threads of its own.
    private func scan(
        _ request: BackupRequest, _ plan: CheckpointPlan, _ progress: RunProgress
    ) async throws -> (ScanResult, PackUploader) {
        let walk = try await BlockingWork.run {
            try TreeWalk(roots: request.sources, excludes: request.excludes)
        }
        try catalog.beginWriting(plan.row)
        if request.isEstimated { estimate(request, plan.row, progress) }
        let pipeline = PackPipeline(vault: self, progress: progress, workerCount: SystemLimits.coreCount)
        let checkpoints = Checkpointing(vault: self, plan: plan)
        return try await withTaskCancellationHandler {
            try await BlockingWork.run { [self] in
                do {
                    let assembly = try SnapshotAssembly(
                        vault: self, collection: plan.row, rules: request.rules, pipeline: pipeline,
                        checkpoints: checkpoints)
                    let scan = try CollectionScan(
                        vault: self, collection: plan.row, rules: request.rules, sink: assembly)
                    try scan.run(walk)
                    return (try assembly.finish(), pipeline.uploader)
                } catch {
                    let first = pipeline.stop(error)
                    checkpoints.stop()
                    pipeline.waitForEnd()
                    // What ended the run is told; a checkpoint that was not made loses nothing.
                    try? checkpoints.finish()
                    throw first
                }
            }
        } onCancel: {
            pipeline.stop(CancellationError())
            checkpoints.stop()
        }
    }

    /// Tells `progress`, beside the run, what there is to do. What goes wrong here goes wrong in the run too.
    private func estimate(_ request: BackupRequest, _ row: CatalogCollection, _ progress: RunProgress) {
        Task {
            if let (scan, bytes) = try? await count(request, row) {
                progress.expect(files: scan.counts.filesTotal, bytes: bytes)
            }
        }
    }

    /// Walks the sources and counts: what a snapshot would hold, and the bytes that would be read for it.
    private func count(
        _ request: BackupRequest, _ row: CatalogCollection
    ) async throws -> (scan: ScanResult, bytesToRead: Int) {
        try await BlockingWork.run { [self] in
            let dryRun = DryRun()
            try CollectionScan(vault: self, collection: row, rules: request.rules, sink: dryRun)
                .run(TreeWalk(roots: request.sources, excludes: request.excludes))
            return (dryRun.result, Int(clamping: dryRun.bytesToRead))
        }
    }

    private func dryRun(_ request: BackupRequest, _ row: CatalogCollection) async throws -> BackupSummary {
        let (scan, _) = try await count(request, row)
        let standings = try replicas.stores.indices.map { try standing(of: $0, failure: nil) }
        return try summary(
            request, scan, nil, totals: StoredTotals(replicaCount: replicas.stores.count), bytesRead: 0,
            standings: standings)
    }

    /// Looks at the tombstones once more, after the snapshot is there, and for an archive at the collection's
    /// snapshots; whether no tombstone names what it needs.
    private func lookAfterwards(
        _ row: CatalogCollection, _ collection: VaultCollection, isArchive: Bool,
        warn: @escaping WarningHandler
    ) async throws -> Bool {
        try await learnTombstones(
            and: isArchive ? ["\(ObjectName.snapshotsPrefix)\(collection.id.hex)/"] : [], warn: warn)
        return try !catalog.collection(row.identifier, name: row.name).isDirty
    }

    private func summary(
        _ request: BackupRequest, _ scan: ScanResult, _ snapshot: (id: SnapshotID, name: ObjectKey)?,
        totals: StoredTotals, bytesRead: Int, standings: [ReplicaStanding]
    ) throws -> BackupSummary {
        let replicas = try standings.enumerated().map { index, standing in
            BackupSummary.Replica(
                standing: standing, bytesSent: totals.sent[index],
                isWhole: try snapshot.map { try catalog.isConfirmed($0.name, by: catalogReplicas[index]) }
                    ?? true)
        }
        return BackupSummary(
            collection: request.collection, snapshot: snapshot?.id, filesTotal: scan.counts.filesTotal,
            filesNew: scan.counts.filesNew, filesChanged: scan.counts.filesChanged,
            filesUnmodified: scan.counts.filesUnmodified, bytesTotal: scan.counts.bytesTotal,
            bytesRead: bytesRead, bytesStored: totals.bytes, packsStored: totals.packs,
            unreadable: scan.unreadable, replicas: replicas)
    }
}

/// What a run has stored, over all its attempts.
private struct StoredTotals {
    var packs = 0
    var bytes = 0
    var sent: [Int]

    init(replicaCount: Int) { sent = Array(repeating: 0, count: replicaCount) }

    mutating func add(_ other: (packs: Int, bytes: Int, sent: [Int])) {
        packs += other.packs
        bytes += other.bytes
        for (replica, byteCount) in other.sent.enumerated() { sent[replica] += byteCount }
    }
}

extension Snapshot {
    /// The snapshot of what a scan has found, as this machine makes it now: newer than the last one also where that
    /// was made in this very second, or by a clock that was ahead. Else it would not be taken for the newest.
    init(
        _ scan: ScanResult, collection: VaultCollection, device: Device, after last: SnapshotID?
    ) {
        self.init(collection: collection.id, device: device.id)
        collectionName = collection.name
        host = device.host
        finished = UTCTime.nowInNanoseconds()
        if let last, last.time >= time {
            finished = last.time.advanced(bySeconds: 1).secondsSince1970 * 1_000_000_000
        }
        fileCount = scan.counts.filesTotal
        directoryCount = scan.counts.directoriesTotal
        linkCount = scan.counts.linksTotal
        byteCount = scan.counts.bytesTotal
        pages = scan.pages
        unreadable = scan.unreadable
        program = "photobackup \(ProgramVersion.current)"
    }
}
