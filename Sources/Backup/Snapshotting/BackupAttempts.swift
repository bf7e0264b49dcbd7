internal import ObjectStore
internal import Replicator
internal import Vault

/// Makes and commits the snapshot of a run, and then looks whether what came meanwhile asks for another one:
/// a tombstone of what it needs, or, for an archive, another machine's snapshot whose entries it lacks.
///
/// No lock keeps other machines away, so both sides look afterwards; see DESIGN.md on deleting.
struct BackupAttempts {
    private static let limit = 3

    private let vault: OpenVault
    private let run: BackupRun
    /// Of all attempts.
    private var totals: StoredTotals
    /// Entries that the attempts have left out: each is made from the one before.
    private var removed = EntryCounts()
    /// Snapshots of attempts that need what is being deleted: nobody was told that they are stored.
    private var doomed: [ObjectKey] = []
    /// Another machine's snapshot that came meanwhile, and whose entries an archive must not leave out.
    private var met: SnapshotID?

    struct Stored {
        let snapshot: SnapshotID
        let name: ObjectKey
        let scan: ScanResult
        let totals: StoredTotals
    }

    init(vault: OpenVault, run: BackupRun) {
        self.vault = vault
        self.run = run
        totals = StoredTotals(replicaCount: vault.replicas.stores.count)
    }

    /// - Throws: as `backUp`; `PrunedMeanwhileError` when no attempt has come to stay.
    mutating func run() async throws -> Stored {
        for _ in 0..<Self.limit {
            let known = try await vault.baseCandidates(of: run)
            let prepared = try await vault.prepare(run, from: (met.map { [$0] } ?? []) + known)
            let (snapshot, scan) = try await store(prepared)
            let name = ObjectName.snapshot(run.collection.id, snapshot.time, snapshot.digest).key
            let isSpared = try await lookAfterwards(prepared.row)
            if !isSpared { doomed.append(name) }
            if run.keepsAbsent, met == nil,
                let other = try await otherSnapshot(than: known, containing: prepared.base)
            {
                met = other
                try await vault.synchronise(ObjectName.backupPrefixes, warn: run.warn)
                continue
            }
            guard isSpared else { continue }
            try await forgetDoomed()
            return Stored(snapshot: snapshot, name: name, scan: scan, totals: totals)
        }
        try await forgetDoomed()
        throw PrunedMeanwhileError()
    }

    // MARK: - Storing

    /// Stores what is new and commits a snapshot.
    private mutating func store(
        _ prepared: PreparedCollection
    ) async throws -> (id: SnapshotID, scan: ScanResult) {
        let compared = try await vault.foresee(run, prepared)
        let plan = CheckpointPlan(
            schedule: run.schedule, record: run.record, row: prepared.row, openable: run.openable,
            base: prepared.base, started: run.started, tags: run.request.tags, warn: run.warn)
        var (scan, uploader) = try await scan(plan, compared)
        // Once more, by what was really met: files may have changed since.
        try vault.check(scan, of: run, from: prepared.base)
        removed.add(scan.counts.removed)
        scan.counts.removed = removed
        // An archive takes nothing out; of a list that is lost it cannot tell what was in it.
        if run.keepsAbsent { scan.unreadable += prepared.lostPages.map(\.lostEntries) }
        totals.add(uploader.totals)
        // The run's own checkpoints are among those that it comes after.
        let newest = try vault.catalog.snapshots(
            of: run.collection.id, by: run.keepsAbsent ? nil : vault.device.id
        ).first
        var snapshot = Snapshot(scan, collection: run.collection, device: vault.device, after: newest)
        snapshot.started = run.started
        snapshot.tags = run.request.tags
        snapshot.heads = try vault.catalog.heads().map(\.head)
        snapshot.parent = prepared.base
        let id = try await SnapshotCommit(
            vault: vault, record: run.record, row: prepared.row, snapshot: snapshot, lost: scan.lostPacks,
            openable: run.openable, unreachable: run.unreachable, progress: run.progress, warn: run.warn
        ).run()
        return (id, scan)
    }

    /// Walks the sources and stores what is new, on threads of its own.
    private func scan(
        _ plan: CheckpointPlan, _ compared: ComparedFiles
    ) async throws -> (ScanResult, PackUploader) {
        let (vault, run, request, stop) = (vault, run, run.request, StopFlag())
        let walk = try await BlockingWork.run {
            try TreeWalk(roots: request.sources, excludes: request.excludes, own: vault.ownPlaces)
        }
        try vault.catalog.beginWriting(plan.row)
        // Ends with the scan, if it has not by then.
        async let _: Void = estimate(plan.row)
        let pipeline = PackPipeline(
            vault: vault, progress: run.progress, workerCount: SystemLimits.coreCount)
        let checkpoints = Checkpointing(vault: vault, plan: plan)
        return try await withTaskCancellationHandler {
            try await BlockingWork.run {
                do {
                    let assembly = try SnapshotAssembly(
                        vault: vault, collection: plan.row, rules: request.rules, pipeline: pipeline,
                        checkpoints: checkpoints,
                        beforeAnyChange: { try vault.checkLossBeforehand(of: run, plan.row, plan.base, stop) }
                    )
                    let scan = try CollectionScan(
                        vault: vault, collection: plan.row, rules: request.rules, sink: assembly,
                        compared: compared)
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
            stop.set()
            pipeline.stop(CancellationError())
            checkpoints.stop()
        }
    }

    /// Tells the run's progress, if it wants to know, what there is to do. What goes wrong here goes wrong in the run
    /// too.
    private func estimate(_ row: CatalogCollection) async {
        guard run.request.isEstimated,
            let forecast = try? await Forecast.counting(run.request, row, in: vault)
        else { return }
        run.progress.expect(files: forecast.scan.counts.filesTotal, bytes: forecast.bytesToRead)
    }

    // MARK: - Looking afterwards

    /// Looks at the tombstones once more, after the snapshot is there, and for an archive at the collection's
    /// snapshots; whether no tombstone names what it needs.
    private func lookAfterwards(_ row: CatalogCollection) async throws -> Bool {
        try await vault.learnTombstones(
            and: run.keepsAbsent ? ["\(ObjectName.snapshotsPrefix)\(run.collection.id.hex)/"] : [],
            warn: run.warn)
        return try !vault.catalog.collection(row.identifier, name: row.name).isDirty
    }

    /// Forgets the snapshots whose content this run has sealed anew: what they need goes, or is kept for nothing, and a
    /// verification would miss it.
    private func forgetDoomed() async throws {
        guard !doomed.isEmpty else { return }
        do {
            try await vault.putTombstone(of: doomed, .marked)
        } catch let error as QuorumError {
            for name in doomed {
                run.warn(
                    Warning(
                        what: name.rawValue,
                        why: "part of it is being deleted, and it could not be forgotten: \(error)"))
            }
        }
    }

    /// The newest snapshot of the collection that another machine has made, that was not `known`, and that has all that
    /// the base has: a history of its own is nothing to go on from.
    private func otherSnapshot(
        than known: [SnapshotID], containing base: SnapshotID?
    ) async throws -> SnapshotID? {
        let others = try vault.catalog.snapshots().filter {
            $0.collection == run.collection.id && $0.device != vault.device.id && !known.contains($0.id)
        }
        guard let base, !others.isEmpty else { return others.last?.id }
        let lineage = try await vault.lineage(of: run.collection.id)
        return others.last { lineage.covers($0.id, base) }?.id
    }
}

/// What a run has stored, over all its attempts.
struct StoredTotals {
    var packs = 0
    var bytes = 0
    /// By replica.
    var sent: [Int]

    init(replicaCount: Int) { sent = Array(repeating: 0, count: replicaCount) }

    mutating func add(_ other: (packs: Int, bytes: Int, sent: [Int])) {
        packs += other.packs
        bytes += other.bytes
        for (replica, byteCount) in other.sent.enumerated() { sent[replica] += byteCount }
    }
}
