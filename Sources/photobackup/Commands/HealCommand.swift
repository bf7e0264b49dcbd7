internal import ArgumentParser
internal import Backup
internal import Replicator
internal import Terminal

/// Puts right what a verification found.
struct HealCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal", abstract: "Put right what verify found, from a replica that proves itself.",
        discussion: """
            Copies what is missing, behind or damaged from a replica whose bytes hash to their name. Never deletes. \
            What earlier verifications found by reading is put right too. What no replica has right any more is \
            named with the files it costs; the next backup stores them again where the source still has them.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var secret: KeylessOptions

    @Option(help: "How to look first: list, read or decrypt.") var level = VerifyLevel.list
    @Flag(name: [.customShort("n"), .long], help: "Show what is wrong, and change nothing.") var dryRun =
        false

    func validate() throws { try secret.validate(level: level) }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vault(secret, isChanging: !dryRun)
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "healing") {
            try await vault.heal(
                level: level, isDryRun: dryRun, progress: progress, warn: context.warning,
                telling: HealHandlers(
                    onDiscrepancy: { VerifyReport.show($0, of: vault, on: context.output) },
                    onUnprovable: { context.output.error(Failure($0, wasCancelled: false).diagnostic) },
                    onLostFile: { VerifyReport.show($0, on: context.output) }))
        }
        let report = VerifyReport(summary: summary)
        report.show(on: context.output, hint: nil)
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }
}
