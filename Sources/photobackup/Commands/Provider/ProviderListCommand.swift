internal import ArgumentParser
internal import Backup
internal import Terminal

/// Shows the providers and what the last probe of each has found; asks nobody.
struct ProviderListCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The providers, and what the last probe of each has found.")

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let access = try await context.vaultAccess(context.configuration())
        for provider in try access.knownProviders() {
            let table = ProbeTable(answers: provider.probe?.answers ?? [])
            let probed = provider.probe.map { "probed \($0.time.iso8601)" } ?? "never probed"
            context.output.result(
                "provider",
                Message(
                    name: provider.name, location: provider.location, probed: provider.probe?.time.iso8601,
                    answers: table.rows),
                text: (["\(provider.name)  \(singleLine(provider.location))  \(probed)"] + table.lines)
                    .joined(separator: "\n"))
        }
        return CommandOutcome()
    }

    private struct Message: Encodable {
        let name: String
        let location: String
        let probed: String?
        let answers: [ProbeTable.Row]
    }
}
