internal import Backup
internal import Configuration
internal import Terminal

/// The backup of configured collections, one after the other.
struct CollectionBackups {
    let collections: [CollectionConfiguration]
    var tags: [String] = []
    /// Patterns besides those of each collection.
    var exclude: [String] = []
    var isDryRun = false
    /// Whether a snapshot may leave out anything, and leaves out what none of the sources could have.
    var acceptsLoss = false
    /// Whether a provider that shows nothing of the vault is filled, whatever that takes.
    var refills = false
    /// The part of the files that are read though they seem unchanged.
    var rereads: VerifySample?
    let context: CommandContext

    /// - Throws: `Failure` of the last collection that failed, after all of them; what keeps all from being backed up.
    func run(in vault: OpenVault) async throws -> CommandOutcome {
        var rules = ScanRules.backup
        rules.rereads = rereads
        rules.keepsOtherRoots = !acceptsLoss
        let requests = try collections.map { collection in
            var request = BackupRequest(
                collection: collection.name,
                sources: collection.sources.map(SourceRoot.init),
                excludes: try ExcludePatterns(collection.exclude + exclude), rules: rules, tags: tags,
                isDryRun: isDryRun)
            if refills { request.refill = .everything }
            request.lossLimit =
                acceptsLoss ? nil : collection.maxLoss.map { LossLimit(share: $0) } ?? LossLimit()
            return request
        }
        var summaries: [BackupSummary] = []
        var failure: (any Error)?
        for var request in requests {
            request.isEstimated = context.showsProgress
            let progress = RunProgress(replicaCount: vault.replicas.stores.count)
            do {
                let summary = try await context.withProgress(of: vault, progress) {
                    try await vault.backUp(request, progress: progress, warn: context.warning)
                }
                BackupReport.show(summary, on: context.output)
                summaries.append(summary)
            } catch  where requests.count > 1 && !(error is AnotherRunError) && !Task.isCancelled {
                // One collection's failure does not stop the others; the run has failed all the same.
                if let failure { context.output.error(Failure(failure, wasCancelled: false).diagnostic) }
                failure = error
            }
        }
        if let failure { throw failure }
        let report = BackupReport(summaries: summaries)
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }
}
