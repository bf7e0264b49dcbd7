internal import ArgumentParser
internal import Backup

/// Gives one provider what another one holds, so that the other can go.
struct ProviderEvacuateCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "evacuate", abstract: "Move everything from one provider to another.",
        discussion: """
            Both are in the configuration. The new one is filled from whatever replica delivers, so that this works \
            while the old one fails; then it is seen whether the old one can go. Nothing is deleted there, so that \
            the quorum holds throughout.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The provider that is to go.", valueName: "from")) var source: String
    @Argument(help: ArgumentHelp("The provider that takes its place.", valueName: "to"))
    var destination: String
    @Flag(name: [.customShort("n"), .long], help: "Show what the new one misses, and copy nothing.")
    var dryRun = false

    func validate() throws {
        if source == destination { throw ValidationError("evacuate needs two providers") }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        for name in [source, destination] { try configuration.requireProvider(name) }
        let access = try await context.vaultAccess(configuration, isChanging: true)
        let vault = try await access.open()
        let filling = ProviderFilling(access: access, vault: vault, name: destination, context: context)
        let replica = try await filling.run(isDryRun: dryRun)
        guard !dryRun, filling.status(of: replica) == .done else {
            return CommandOutcome(filling.status(of: replica), summary: FillSummary(replica))
        }
        return try await ProviderRemoval(
            vault: vault, name: source, configuration: configuration, context: context
        ).run()
    }
}
