internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Terminal

/// Backs up the configured collections; cron runs this.
struct BackupCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the configured collections.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The collections; all, if none is named.", valueName: "collection"))
    var names: [String] = []
    @Option(help: ArgumentHelp("A tag for the snapshots; can be given several times.", valueName: "tag"))
    var tag: [String] = []
    @Option(help: ArgumentHelp("Leave out what matches, as in .gitignore.", valueName: "pattern"))
    var exclude: [String] = []
    @Flag(name: [.customShort("n"), .long], help: "Show what would be stored, and store nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let requests = try chosen(configuration).map { collection in
            BackupRequest(
                collection: collection.name,
                sources: collection.sources.map { SourceRoot(path: $0.path, label: Array($0.label.utf8)) },
                excludes: try ExcludePatterns(collection.exclude + exclude), tags: tag, isDryRun: dryRun)
        }
        let vault = try await context.vaultAccess(configuration).open()
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
            } catch  where requests.count > 1 && !Task.isCancelled {
                // One collection's failure does not stop the others; the run has failed all the same.
                if let failure { context.output.error(Failure(failure, wasCancelled: false).diagnostic) }
                failure = error
            }
        }
        if !dryRun { try await context.renewLocks(of: vault) }
        if let failure { throw failure }
        let report = BackupReport(summaries: summaries)
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }

    private func chosen(_ configuration: BackupConfiguration) throws -> [CollectionConfiguration] {
        guard !names.isEmpty else {
            guard !configuration.collections.isEmpty else {
                throw CommandError(
                    .configuration, what: "configuration", why: "it has no [[collection]]",
                    hint: "add one with a name and sources, or use photobackup archive FOLDER --as NAME")
            }
            return configuration.collections
        }
        return try names.map { name in
            if let collection = configuration.collections.first(where: { $0.name == name }) {
                return collection
            }
            let isPath = name.contains("/") || name == "."
            throw CommandError(
                .usage, what: "usage", why: "no collection is called '\(singleLine(name))'",
                hint: isPath
                    ? "backup takes names of collections; photobackup archive FOLDER --as NAME takes a folder"
                    : "the configuration names: "
                        + configuration.collections.map(\.name).joined(separator: ", "))
        }
    }
}
