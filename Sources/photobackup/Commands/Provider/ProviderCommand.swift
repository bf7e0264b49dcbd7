internal import ArgumentParser
internal import Configuration
internal import Terminal

/// What providers really do, and changing them; only knows its commands.
struct ProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "See what providers really do; add, replace and remove them.",
        subcommands: [
            ProviderProbeCommand.self, ProviderListCommand.self, ProviderAddCommand.self,
            ProviderRemoveCommand.self, ProviderEvacuateCommand.self,
        ])
}

extension BackupConfiguration {
    /// The provider of that name, as a command's argument gives it.
    func requireProvider(_ name: String) throws {
        guard !providers.contains(where: { $0.name == name }) else { return }
        throw CommandError(
            .usage, what: "usage", why: "no provider is called '\(singleLine(name))'",
            hint: providers.isEmpty
                ? "add a [[provider]] of that name to \(file) first"
                : "\(file) names: \(providers.map(\.name).joined(separator: ", ")); a new one is added there first"
        )
    }
}
