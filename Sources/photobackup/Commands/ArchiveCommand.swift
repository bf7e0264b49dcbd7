internal import ArgumentParser
internal import Backup
internal import Terminal

/// Puts folders or files into a collection, and takes nothing out of it.
struct ArchiveCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Put a card or a shoot into a collection; adds, never removes.",
        discussion: """
            A path that is in the collection already with other content is refused, unless --label keeps the \
            new ones apart or --replace puts them in place of the old ones. A card, told by its folders (DCIM, \
            PRIVATE/AVCHD, M4ROOT, XDROOT, CONTENTS), is always read whole, once: its times prove little. \
            photobackup safe-to-format tells afterwards whether it may be formatted.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "Folders or files.") var paths: [String]
    @Option(name: .customLong("as"), help: ArgumentHelp("The collection.", valueName: "name"))
    var collection: String
    @Option(
        help: ArgumentHelp("The name inside the collection, instead of the folder's own.", valueName: "name"))
    var label: String?
    @Flag(help: "New content takes the place of the old one.") var replace = false
    @Option(help: ArgumentHelp("A tag for the snapshot; can be given several times.", valueName: "tag"))
    var tag: [String] = []
    @Option(help: ArgumentHelp("Leave out what matches, as in .gitignore.", valueName: "pattern"))
    var exclude: [String] = []
    @Flag(help: "Fill a provider that shows nothing of the vault, whatever that takes.") var refill = false
    @Flag(name: [.customShort("n"), .long], help: "Show what would be stored, and store nothing.")
    var dryRun = false

    func validate() throws {
        if paths.isEmpty { throw ValidationError("archive needs a folder or a file") }
        if collection.isEmpty { throw ValidationError("--as needs a name") }
        if label != nil, paths.count > 1 { throw ValidationError("--label goes with one path") }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let access = try await context.vaultAccess(context.configuration())
        var rules = ScanRules.archive
        if replace { rules.onConflict = .replace }
        let cards = paths.filter { !CardLayout.layouts(at: context.absolute($0)).isEmpty }
        rules.readsUnchanged = !cards.isEmpty
        var request = BackupRequest(
            collection: collection,
            sources: paths.map { SourceRoot(path: $0, label: label.map { Array($0.utf8) }) },
            excludes: try ExcludePatterns(exclude), rules: rules, tags: tag, isDryRun: dryRun)
        request.isEstimated = context.showsProgress
        if refill { request.refill = .everything }
        let vault = try await access.open()
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary: BackupSummary
        do {
            summary = try await context.withProgress(of: vault, progress) {
                try await vault.backUp(request, progress: progress, warn: context.warning)
            }
        } catch let error as ConflictError {
            for path in error.paths {
                context.output.warning(
                    Diagnostic(what: FileName(path.bytes).text, why: "is there already with other content"))
            }
            throw error
        }
        BackupReport.show(summary, on: context.output)
        let locks = dryRun ? .done : try await context.renewLocks(of: vault)
        for card in cards { show(card, on: context) }
        let report = BackupReport(summaries: [summary])
        return CommandOutcome(ExitStatus.highest(of: [report.status, locks]), summary: report.jsonSummary)
    }

    private func show(_ card: String, on context: CommandContext) {
        let layouts = CardLayout.layouts(at: context.absolute(card)).map(\.rawValue)
        context.output.message("card", Card(path: card, layouts: layouts))
        context.output.information(
            "\(singleLine(card)) is a card (\(layouts.joined(separator: ", "))), and was read whole; "
                + "photobackup safe-to-format tells whether it may be formatted")
    }

    private struct Card: Encodable {
        let path: String
        let layouts: [String]
    }
}
