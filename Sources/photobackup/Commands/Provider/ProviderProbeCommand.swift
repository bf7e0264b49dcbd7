internal import ArgumentParser
internal import Backup
internal import ObjectStore
internal import Terminal

/// Finds out what providers really do.
struct ProviderProbeCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Find out what a provider really does.",
        discussion: """
            Some fifty requests, one with 21 MB; what they make is named probe/ and deleted again, as far as the key may. What \
            was found is kept in the catalog, and decides what a provider is sent. A lock is tried for a minute; \
            what it holds is deleted by the next probe.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The provider; all, if none is named.", valueName: "name"))
    var names: [String] = []

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        for name in names { try configuration.requireProvider(name) }
        let access = try await context.vaultAccess(configuration)
        let chosen = names.isEmpty ? configuration.providers.map(\.name) : names
        var failures: [ObjectStoreError] = []
        try await access.probe(chosen) { outcome in
            switch outcome.result {
            case .success(let report): show(report, outcome, on: context.output)
            case .failure(let error):
                failures.append(error)
                context.output.error(Failure(error, wasCancelled: false).diagnostic)
            }
        }
        return CommandOutcome(failures.isEmpty ? .done : .failed)
    }

    private func show(_ report: ProbeReport, _ outcome: ProbeOutcome, on output: Output) {
        let table = ProbeTable(answers: report.answers)
        output.result(
            "probe",
            Message(
                name: outcome.name, location: outcome.location, answers: table.rows,
                leftBehind: report.leftBehind.map(\.name), isKept: outcome.isKept),
            text: (["\(outcome.name)  \(singleLine(outcome.location))"] + table.lines).joined(separator: "\n")
        )
        warn(ofLeft: report, at: outcome.name, on: output)
        if !outcome.isKept {
            output.information("not kept: this machine knows no vault there yet")
        }
    }

    /// In one line for each reason, however many objects it kept.
    private func warn(ofLeft report: ProbeReport, at provider: String, on output: Output) {
        let mayDelete = report[.deletes]?.answer == .yes
        let byReason = Dictionary(grouping: report.leftBehind, by: \.reason)
        for (reason, objects) in byReason.sorted(by: { $0.key < $1.key }) {
            let what =
                objects.count == 1
                ? objects[0].name
                : "\(HumanReadable.count(objects.count, "object")) below \(Self.probeFolder)"
            output.warning(
                Diagnostic(
                    what: provider,
                    why: "\(what) could not be deleted: \(reason)"
                        + (mayDelete
                            ? "; a lock ends in a minute, and the next probe deletes what it held" : ""),
                    hint: mayDelete
                        ? nil
                        : "they are small and do no harm: delete them with a key that may, or let them be"))
        }
    }

    private static let probeFolder = "probe/"

    private struct Message: Encodable {
        let name: String
        let location: String
        let answers: [ProbeTable.Row]
        let leftBehind: [String]
        let isKept: Bool
    }
}
