internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Foundation
internal import Terminal
internal import Vault

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

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: "Folders or files.") var paths: [String]
    @Option(name: .customLong("as"), help: ArgumentHelp("The collection.", valueName: "name"))
    var collection: String
    @Option(
        help: ArgumentHelp("The name inside the collection, instead of the folder's own.", valueName: "name"))
    var label: String?
    @Flag(help: "New content takes the place of the old one.") var replace = false
    @Flag(help: "With --replace, record it where most of a collection would be gone, instead of stopping.")
    var acceptLoss = false
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
        let configuration = try context.configuration()
        let sources = paths.map { SourceRoot(path: $0, label: label.map { Array($0.utf8) }) }
        let configured = configuration.collections.first { $0.name == collection }
        if let configured { try refuseSources(of: configured, among: sources) }
        let access = try await context.vaultAccess(configuration, isChanging: !dryRun)
        var rules = ScanRules.archive
        if replace { rules.onConflict = .replace }
        let cards = paths.filter { !CardLayout.layouts(at: context.absolute($0)).isEmpty }
        rules.readsUnchanged = !cards.isEmpty
        var request = BackupRequest(
            collection: collection,
            sources: sources, excludes: try ExcludePatterns(exclude), rules: rules, tags: tag,
            isDryRun: dryRun)
        request.lossLimit = acceptLoss ? nil : configured?.maxLoss.map { LossLimit(share: $0) } ?? LossLimit()
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
            for conflict in error.conflicts { show(conflict, on: context.output) }
            throw error
        }
        BackupReport.show(summary, on: context.output)
        let locks = dryRun ? .done : try await context.renewLocks(of: vault)
        for card in cards { show(card, on: context) }
        let report = BackupReport(summaries: [summary])
        return CommandOutcome(ExitStatus.highest(of: [report.status, locks]), summary: report.jsonSummary)
    }

    /// What lies below a name that a source of the collection has, the next backup takes for that source's. The source
    /// itself may be archived.
    private func refuseSources(of configured: CollectionConfiguration, among roots: [SourceRoot]) throws {
        let names = try configured.sources.map { try SourceRoot($0).name() }
        for root in roots {
            let name = try root.name()
            guard let place = names.firstIndex(of: name),
                Self.resolved(root.path) != Self.resolved(configured.sources[place].path)
            else { continue }
            throw CommandError(
                .usage, what: "usage",
                why: "\"\(FileName(name.bytes).text)\" is the name of a source of \(singleLine(collection)), "
                    + "\(singleLine(configured.sources[place].path)): the next backup would take out what is archived there",
                hint: label == nil
                    ? "photobackup backup backs up the source; --label NAME keeps something else apart from it"
                    : "give it another --label")
        }
    }

    private static func resolved(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    private func show(_ conflict: ArchiveConflict, on output: Output) {
        output.warning(
            Diagnostic(what: FileName(conflict.path.bytes).text, why: "is there already \(conflict.text)"))
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

extension ArchiveConflict {
    fileprivate var text: String {
        switch reason {
        case .content: "with other content"
        case .kind(.directory, let now):
            "as a folder with \(HumanReadable.count(atStake.files, "file")), "
                + HumanReadable.bytes(Int(clamping: atStake.bytes)) + ", and is \(now.withArticle) now"
        case .kind(let before, let now): "as \(before.withArticle), and is \(now.withArticle) now"
        }
    }
}

extension Entry.Kind {
    fileprivate var withArticle: String {
        switch self {
        case .file: "a file"
        case .directory: "a folder"
        case .symbolicLink: "a link"
        }
    }
}
