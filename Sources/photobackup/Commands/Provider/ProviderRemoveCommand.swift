internal import ArgumentParser
internal import Backup

/// Looks whether a provider can be taken out of the configuration.
struct ProviderRemoveCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "See whether a provider can go, and what to take out of the configuration.",
        discussion: """
            The others have to hold everything on a quorum of their own. Nothing is deleted, and the configuration \
            is yours to change.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The provider.", valueName: "name")) var name: String
    @Flag(name: [.customShort("n"), .long], help: "The same: nothing is ever changed.") var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        try configuration.requireProvider(name)
        let vault = try await context.vaultAccess(configuration).open()
        return try await ProviderRemoval(
            vault: vault, name: name, configuration: configuration, context: context
        ).run()
    }
}
