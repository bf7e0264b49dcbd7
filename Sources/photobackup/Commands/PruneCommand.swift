internal import ArgumentParser
internal import Backup
internal import Terminal

/// Gives back the space of what was forgotten.
struct PruneCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Give back the space of what was forgotten.",
        discussion: """
            What no snapshot needs any more is marked; what was marked seven days ago, by each provider's own clock, \
            and is still needed by nobody, is deleted. So the space of a forgotten snapshot comes back in two steps: \
            the snapshot goes after seven days, and its packs seven days later. Nothing is deleted while a provider is \
            away or providers disagree. Uses the credentials of prune_profile, where there is one.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Stop where more than so much of the vault would be marked or deleted in this run.",
            valueName: "percent"))
    var maxDelete = Percentage(percent: 20)
    @Flag(
        name: [.customShort("n"), .long],
        help: "Show what would go, and how much space is dead; change nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(
            context.configuration(), isPruning: true, isChanging: !dryRun
        ).open()
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "pruning") {
            try await vault.prune(
                PruneRequest(maximumPercent: maxDelete.percent, isDryRun: dryRun), progress: progress,
                warn: context.warning)
        }
        let report = PruneReport(summary: summary, isDryRun: dryRun)
        report.show(on: context.output)
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }
}

/// `20%`, from more than 0 to 100.
struct Percentage: ExpressibleByArgument {
    let percent: Double

    init(percent: Double) { self.percent = percent }

    init?(argument: String) {
        guard argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent > 0, percent <= 100
        else { return nil }
        self.percent = percent
    }

    var defaultValueDescription: String { "\(Int(percent))%" }
}
