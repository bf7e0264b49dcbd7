internal import ArgumentParser
internal import Backup
internal import Replicator
internal import Synchronization
internal import Terminal

/// Puts right what a verification found.
struct HealCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal", abstract: "Put right what verify found, from a replica that proves itself.",
        discussion: """
            Copies what is missing, behind or damaged from a replica whose bytes hash to their name. \
            What earlier verifications found by reading is put right too. What no replica has right any more is \
            named with the files it costs; the next backup stores them again where the source still has them.

            --remove-strays deletes what only looks like a part of the vault: nothing signed names it, and its bytes prove \
            nothing. It uses the credentials of prune_profile, where there is one.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var secret: KeylessOptions

    @Option(help: "How to look first: list, read or decrypt.") var level = VerifyLevel.list
    @Flag(name: [.customShort("n"), .long], help: "Show what is wrong, and change nothing.") var dryRun =
        false

    @Flag(help: "Delete objects in the vault's folders that are proven to be nobody's.") var removeStrays =
        false

    func validate() throws {
        try secret.validate(level: level)
        if removeStrays, secret.keyless {
            throw ValidationError("--remove-strays needs the vault's keys, which tell what is its own")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        guard removeStrays else {
            return try await heal(context.vault(secret, isChanging: !dryRun), in: context)
        }
        let vault = try await context.vaultAccess(
            context.configuration(), isPruning: true, isChanging: !dryRun
        ).open()
        let strays = Mutex<[Discrepancy]>([])
        let outcome = try await heal(vault, in: context) { found in
            if found.kind == .stray { strays.withLock { $0.append(found) } }
        }
        var hasFailed = false
        try await vault.removeStrays(strays.withLock { $0 }, isDryRun: dryRun) { stray in
            show(stray, of: vault, on: context.output)
            if case .failed = stray.kind { hasFailed = true }
        }
        return hasFailed
            ? CommandOutcome(
                ExitStatus.highest(of: [outcome.status, .replicaBehind]), summary: outcome.summary)
            : outcome
    }

    private func show(_ stray: StrayOutcome, of vault: OpenVault, on output: Output) {
        let name = vault.replicas.names[stray.replica]
        switch stray.kind {
        case .removed: output.information("\(name): \(dryRun ? "would remove" : "removed") \(stray.key)")
        case .kept(let reason): output.information("\(name): \(stray.key) stays: \(reason)")
        case .failed(let reason):
            output.warning(Diagnostic(what: name, why: "\(stray.key) is still there: \(reason)"))
        }
    }

    private func heal(
        _ vault: AuditedVault, in context: CommandContext,
        onFound: @escaping @Sendable (Discrepancy) -> Void = { _ in }
    ) async throws -> CommandOutcome {
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "healing") {
            try await vault.heal(
                level: level, isDryRun: dryRun, progress: progress, warn: context.warning,
                telling: HealHandlers(
                    onDiscrepancy: {
                        onFound($0)
                        VerifyReport.show($0, of: vault, on: context.output)
                    },
                    onUnprovable: { context.output.error(Failure($0, wasCancelled: false).diagnostic) },
                    onLostFile: { VerifyReport.show($0, on: context.output) }))
        }
        let report = VerifyReport(summary: summary)
        report.show(on: context.output, hint: nil)
        return CommandOutcome(report.status, summary: report.jsonSummary)
    }
}
