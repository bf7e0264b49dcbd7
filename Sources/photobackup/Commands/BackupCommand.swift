internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Terminal

/// Backs up the configured collections; cron runs this.
struct BackupCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the configured collections.")

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The collections; all, if none is named.", valueName: "collection"))
    var names: [String] = []
    @Option(help: ArgumentHelp("A tag for the snapshots; can be given several times.", valueName: "tag"))
    var tag: [String] = []
    @Option(help: ArgumentHelp("Leave out what matches, as in .gitignore.", valueName: "pattern"))
    var exclude: [String] = []
    @Flag(help: "Fill a provider that shows nothing of the vault, whatever that takes.") var refill = false
    @Flag(name: [.customShort("n"), .long], help: "Show what would be stored, and store nothing.")
    var dryRun = false
    @Option(
        help: ArgumentHelp(
            "Read so much of what seems unchanged too, another part each day (1%), or one part (3/30).",
            valueName: "share"))
    var reread: VerifySample?
    @Flag(
        help: ArgumentHelp(
            "Record it where most of a collection is gone, and leave out what none of its sources has.",
            discussion: "Else such a run stops, and what was archived into the collection is kept."))
    var acceptLoss = false
    @Option(
        help: ArgumentHelp(
            "Write figures on the run there, for node_exporter's textfile collector.", valueName: "file"))
    var metrics: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let backups = CollectionBackups(
            collections: try chosen(configuration), tags: tag, exclude: exclude, isDryRun: dryRun,
            acceptsLoss: acceptLoss, refills: refill, rereads: reread?.rotating, context: context)
        guard !dryRun else {
            return try await backups.run(in: context.vaultAccess(configuration).open())
        }
        return try await context.told(as: "backup", by: configuration, metrics: metrics) {
            try await context.goingOnWithoutCatalog {
                try await run(
                    backups, in: context.vaultAccess(configuration, isChanging: true).open(), context)
            }
        }
    }

    private func run(
        _ backups: CollectionBackups, in vault: OpenVault, _ context: CommandContext
    ) async throws -> CommandOutcome {
        do {
            let outcome = try await backups.run(in: vault)
            let locks = try await context.renewLocks(of: vault)
            return CommandOutcome(
                ExitStatus.highest(of: [outcome.status, locks]), summary: outcome.summary)
        } catch let failure
            where !(failure is AnotherRunError || failure is CatalogError) && !Task.isCancelled
        {
            // What is stored already does not get less safe by what could not be stored.
            try await context.renewLocks(of: vault)
            throw failure
        }
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
