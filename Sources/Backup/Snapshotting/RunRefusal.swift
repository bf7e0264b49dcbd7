internal import Vault

// What a run is refused for. A dry run is refused for the same.

extension OpenVault {
    /// - Throws: `ConflictError` where an archive cannot take something in; `LossError` where the snapshot would leave
    ///   out more than the request allows.
    func check(_ scan: ScanResult, of run: BackupRun, from base: SnapshotID?) throws {
        guard scan.conflicts.isEmpty else {
            throw ConflictError(
                collection: run.collection.name, conflicts: scan.conflicts.sorted { $0.path < $1.path })
        }
        guard let limit = run.request.lossLimit, let base else { return }
        let before = try catalog.snapshots().first { $0.id == base }
        try limit.check(from: before, to: scan.counts + scan.noLoss, of: run.collection.name)
    }

    /// Looks beforehand whether an archive has to be refused; the files that it has compared for that.
    ///
    /// - Throws: as `check`, `SourceError`, `CatalogError`, `CancellationError`.
    func foresee(_ run: BackupRun, _ prepared: PreparedCollection) async throws -> ComparedFiles {
        guard run.keepsAbsent, prepared.base != nil else { return ComparedFiles() }
        let forecast = try await Forecast.comparing(
            run.request, prepared.row, in: self, progress: run.progress)
        try check(forecast.scan, of: run, from: prepared.base)
        return forecast.compared
    }

    /// Looks, before a backup sends anything, whether too much would be missing from its snapshot. Blocks.
    ///
    /// - Throws: as `foresee`.
    func checkLossBeforehand(
        of run: BackupRun, _ row: CatalogCollection, _ base: SnapshotID?, _ stop: StopFlag
    ) throws {
        guard run.request.lossLimit != nil, !run.keepsAbsent, base != nil else { return }
        let sink = ForecastSink(vault: self, rules: run.request.rules, stop: stop)
        try check(try sink.run(run.request, row).scan, of: run, from: base)
    }
}
