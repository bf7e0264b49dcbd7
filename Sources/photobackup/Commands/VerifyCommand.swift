public import ArgumentParser
public import Backup
internal import Terminal

/// Proves that the replicas are whole, or names what is not.
struct VerifyCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that the replicas are whole; changes nothing.",
        discussion: """
            list compares names and sizes with what must be there; checksum asks each provider for the SHA-256 that \
            it keeps of every object; read downloads every object and compares its hash with its name; decrypt also \
            opens every chunk. What it will take of each provider is told beforehand.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var secret: KeylessOptions
    @OptionGroup var expected: ExpectedHeadOption

    @Option(help: "list, checksum, read or decrypt.") var level = VerifyLevel.list
    @Option(
        help: ArgumentHelp(
            "Check the content of only a part: 5%, or 3/30 for part 3 of 30.", valueName: "part"))
    var sample = VerifySample.all
    @Option(
        help: ArgumentHelp(
            "Stop before more than so many bytes are read: 20GB.",
            discussion:
                "What was checked least recently comes first, so that the next run goes on from there.",
            valueName: "size"))
    var budget: ByteBudget?
    @Option(help: ArgumentHelp("Only this provider; can be given several times.", valueName: "name"))
    var provider: [String] = []
    @Flag(name: [.customShort("n"), .long], help: "Tell what it would take, and check nothing.") var dryRun =
        false

    func validate() throws { try secret.validate(level: level) }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vault(secret)
        for name in provider where !vault.replicas.names.contains(name) {
            throw CommandError(
                .usage, what: "usage", why: "no provider is called '\(singleLine(name))'",
                hint: "the configuration names: \(vault.replicas.names.joined(separator: ", "))")
        }
        let request = VerifyRequest(
            level: level, sample: sample, budget: budget?.byteCount,
            providers: provider.isEmpty ? nil : provider)
        if dryRun {
            EstimateReport(
                estimate: try await vault.estimateVerification(request, warn: context.warning)
            ).show(on: context.output)
            return CommandOutcome(.done)
        }
        let progress = RunProgress(replicaCount: vault.replicas.stores.count)
        let summary = try await context.withProgress(of: vault, progress, phase: "verifying") {
            try await vault.verify(
                request, progress: progress, warn: context.warning,
                onEstimate: { EstimateReport(estimate: $0).show(on: context.output) },
                onDiscrepancy: { VerifyReport.show($0, of: vault, on: context.output) })
        }
        let report = VerifyReport(summary: summary)
        report.show(on: context.output, hint: "photobackup heal puts right what another replica still has")
        return CommandOutcome(
            try await status(report.status, of: vault, in: context), summary: report.jsonSummary)
    }

    /// 5 if what the replicas show is older than what was written down.
    private func status(
        _ status: ExitStatus, of vault: AuditedVault, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let head = expected.head else { return status }
        do {
            try await vault.require(head, warn: context.warning)
            return status
        } catch let error as HeadError {
            context.output.error(Failure(error, wasCancelled: false).diagnostic)
            return .damaged
        }
    }
}

extension VerifyLevel: ExpressibleByArgument {}

extension VerifySample: ExpressibleByArgument {
    public init?(argument: String) {
        if argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent > 0, percent <= 100 {
            self = .percent(percent)
            return
        }
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0,
            (1...count).contains(number)
        else { return nil }
        self = .part(number: number, count: count)
    }
}
