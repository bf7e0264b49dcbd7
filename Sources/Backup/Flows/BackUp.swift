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
        let run = try await begin(request, progress: progress, warn: warn)
        if request.isDryRun { return try await dryRun(run) }
        let suspects = try replicasWithUntriedListings()

        var attempts = BackupAttempts(vault: self, run: run)
        let stored = try await attempts.run()
        try await tellProviders(warn: warn)
        let standings = try await finish(run, suspects: suspects)
        return try BackupSummary(
            run, stored.scan, isWholeOn: catalogReplicas.map { try catalog.isConfirmed(stored.name, by: $0) },
            snapshot: stored.snapshot, totals: stored.totals, progress: progress.state, standings: standings,
            sharedPlaces: replicas.sharedPlaces)
    }

    /// All at the first backup, and later those that something was wrong with.
    private func replicasWithUntriedListings() throws -> [Int] {
        let isFirst = try catalog.snapshotCollections().isEmpty
        return try catalogReplicas.indices.filter {
            try isFirst || catalog.replica(catalogReplicas[$0].id).failure != nil
        }
    }

    /// Tries once more what has failed, and gives replicas what earlier runs could not.
    ///
    /// - Parameter suspects: those whose listings are tried; one that cannot be listed to its end is behind.
    private func finish(_ run: BackupRun, suspects: [Int]) async throws -> [ReplicaStanding] {
        replicas.beginPhase()
        var unreachable = try await lookAgain(run.unreachable, warn: run.warn)
        var failures: [Int: ObjectStoreError] = [:]
        do {
            failures = try await catchUpReachable(
                unreachable, new: run.newReplicas, refilling: run.refilled, progress: run.progress)
        } catch is CancellationError {
            // The snapshot is stored, and what is missing is told.
        }
        try await noteExpiries(unreachable, isAsking: false)
        for (replica, fault) in await replicas.listingFaults(of: suspects) { unreachable[replica] = fault }
        return try noteStandings(unreachable: unreachable, failures: failures)
    }

    /// Finds out what the run would store, and whether it would be refused.
    private func dryRun(_ run: BackupRun) async throws -> BackupSummary {
        let prepared = try await prepare(run, from: try await baseCandidates(of: run))
        let scan = try await Forecast.comparing(
            run.request, prepared.row, in: self, progress: run.progress
        ).scan
        try check(scan, of: run, from: prepared.base)
        return BackupSummary(
            run, scan, isWholeOn: catalogReplicas.map { _ in true }, snapshot: nil,
            totals: StoredTotals(replicaCount: replicas.stores.count), progress: run.progress.state,
            standings: try replicas.stores.indices.map { try standing(of: $0, failure: nil) },
            sharedPlaces: replicas.sharedPlaces)
    }
}
