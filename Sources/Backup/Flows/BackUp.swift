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
        let (collection, isNew) = try collection(named: request.collection)

        for _ in 0..<3 {
            let base = try baseSnapshot(of: collection.id, anyDevice: request.rules.keepsAbsent)
            let row = try await prepare(
                try catalog.collection(collection.id, name: collection.name), base: base)
            if request.isDryRun { return try await dryRun(request, row) }
            let (scan, uploader) = try await scan(request, row, progress)
            guard scan.conflicts.isEmpty else {
                throw ConflictError(collection: collection.name, paths: scan.conflicts)
            }
            var snapshot = Snapshot(scan, collection: collection, device: device, after: base)
            snapshot.started = started
            snapshot.tags = request.tags
            snapshot.heads = try catalog.heads().map(\.head)
            snapshot.parent = base
            let (id, behind) = try await SnapshotCommit(
                vault: self, collection: collection, isNewCollection: isNew, row: row, snapshot: snapshot,
                openable: openable
            ).run()
            if try await tombstonesSpare(row, warn: warn) {
                return try summary(
                    request, scan, id, totals: uploader.totals, bytesRead: progress.state.bytes,
                    behind: behind,
                    failures: listing.failures)
            }
        }
        throw PrunedMeanwhileError()
    }

    /// The collection of that name, as the newest object in the catalog has it, or a new one.
    private func collection(named name: String) throws -> (VaultCollection, isNew: Bool) {
        let id = keys.collectionID(name: name)
        let newest = try catalog.objects(prefix: "\(ObjectName.collectionsPrefix)\(id.hex)/").last
        guard let newest, let key = ObjectKey(newest.name), let bytes = try catalog.bytes(of: key),
            case .collection(_, let sequence, _) = ObjectName(key)
        else { return (VaultCollection.make(name: name, keys: keys), true) }
        let collection = try VaultCollection(
            bytes, named: id, sequence: sequence, keys: keys, subject: newest.name)
        return (collection, false)
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

    /// What the next snapshot is made from: this machine's newest one; with `anyDevice` the newest of all.
    private func baseSnapshot(of collection: CollectionID, anyDevice: Bool) throws -> SnapshotID? {
        try catalog.heads()
            .filter { $0.collection == collection && (anyDevice || $0.device == device.id) }
            .map(\.id).max()
    }

    /// Walks the sources and stores what is new, on threads of its own.
    private func scan(
        _ request: BackupRequest, _ row: CatalogCollection, _ progress: RunProgress
    ) async throws -> (ScanResult, PackUploader) {
        let walk = try await BlockingWork.run {
            try TreeWalk(roots: request.sources, excludes: request.excludes)
        }
        try catalog.beginWriting(row)
        if request.isEstimated { estimate(request, row, progress) }
        let pipeline = PackPipeline(vault: self, progress: progress, workerCount: SystemLimits.coreCount)
        return try await withTaskCancellationHandler {
            try await BlockingWork.run { [self] in
                do {
                    let assembly = try SnapshotAssembly(
                        vault: self, collection: row, rules: request.rules, pipeline: pipeline)
                    let scan = try CollectionScan(
                        vault: self, collection: row, rules: request.rules, sink: assembly)
                    try scan.run(walk)
                    return (try assembly.finish(), pipeline.uploader)
                } catch {
                    let first = pipeline.stop(error)
                    pipeline.waitForEnd()
                    throw first
                }
            }
        } onCancel: {
            pipeline.stop(CancellationError())
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
        return try summary(
            request, scan, nil, totals: (0, 0, replicas.names.map { _ in 0 }), bytesRead: 0, behind: [],
            failures: replicas.names.map { _ in nil })
    }

    /// Looks at the tombstones once more, after the snapshot is there: whether none names what it needs.
    private func tombstonesSpare(
        _ row: CatalogCollection, warn: @escaping WarningHandler
    ) async throws -> Bool {
        let listing = await replicas.listSmallObjects([ObjectName.tombstonesPrefix])
        try await learn(listing, warn: warn)
        return try !catalog.collection(row.identifier, name: row.name).isDirty
    }

    private func summary(
        _ request: BackupRequest, _ scan: ScanResult, _ id: SnapshotID?,
        totals: (packs: Int, bytes: Int, sent: [Int]), bytesRead: Int, behind: [Int],
        failures: [ObjectStoreError?]
    ) throws -> BackupSummary {
        let replicas = try replicas.names.enumerated().map { index, name in
            BackupSummary.Replica(
                name: name, packsMissing: try catalog.packsMissing(on: catalogReplicas[index]).count,
                objectsMissing: try catalog.objectsMissing(on: catalogReplicas[index]),
                bytesSent: totals.sent[index], isWhole: !behind.contains(index),
                failure: (self.replicas.outage(of: index)?.reason ?? failures[index])?.reason)
        }
        return BackupSummary(
            collection: request.collection, snapshot: id, filesTotal: scan.counts.filesTotal,
            filesNew: scan.counts.filesNew, filesChanged: scan.counts.filesChanged,
            filesUnmodified: scan.counts.filesUnmodified, bytesTotal: scan.counts.bytesTotal,
            bytesRead: bytesRead, bytesStored: totals.bytes, packsStored: totals.packs,
            unreadable: scan.unreadable, replicas: replicas)
    }
}

extension Snapshot {
    /// The snapshot of what a scan has found, as this machine makes it now: newer than its base also where that
    /// was made in this very second, or by a clock that was ahead. Else it would not be taken for the newest.
    fileprivate init(
        _ scan: ScanResult, collection: VaultCollection, device: Device, after base: SnapshotID?
    ) {
        self.init(collection: collection.id, device: device.id)
        collectionName = collection.name
        host = device.host
        finished = UTCTime.nowInNanoseconds()
        if let base, base.time >= time {
            finished = base.time.advanced(bySeconds: 1).secondsSince1970 * 1_000_000_000
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
