internal import ArgumentParser
internal import Configuration
internal import Terminal

/// Says in plain words what is wrong with the set-up.
struct DoctorCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at the set-up, and say in plain words what is wrong.",
        discussion: """
            Configuration, state folder, sources, credentials, providers and their clocks, the vault, what the last probes \
            found, the schedule. Changes nothing but for an object of 32 bytes below probe/, which each provider is \
            given and asked for, and which is deleted again. Asks for no password.
            """)

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        var summary = Summary()
        func tell(_ finding: Finding) {
            switch finding.level {
            case .good: summary.good += 1
            case .advice: summary.advice += 1
            case .problem: summary.problems += 1
            }
            finding.show(on: context.output)
        }
        do {
            try await Doctor(context: context, configuration: context.configuration()).examine(tell)
        } catch let error as ConfigurationError {
            tell(.problem(error))
            return CommandOutcome(.configuration, summary: summary)
        }
        return CommandOutcome(summary.problems > 0 ? .failed : .done, summary: summary)
    }

    private struct Summary: Encodable, Sendable {
        var good = 0
        var advice = 0
        var problems = 0
    }
}
