internal import ArgumentParser
internal import Backup
internal import Terminal

/// Fills the replica of a provider that is new in the configuration.
struct ProviderAddCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Fill a provider that is new in the configuration, or whose disk is new.",
        discussion: """
            Write a [[provider]] into the configuration first. Everything that the other replicas hold is copied \
            from cloud to cloud, without the sources, as it is and proved by its hash. An interrupted run goes on \
            where it was.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The provider.", valueName: "name")) var name: String
    @Flag(name: [.customShort("n"), .long], help: "Show what it misses, and copy nothing.") var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        try configuration.requireProvider(name)
        var access = try await context.vaultAccess(configuration, isChanging: true)
        access.newDisks = [name]
        let vault = try await access.open()
        let filling = ProviderFilling(access: access, vault: vault, name: name, context: context)
        let replica = try await filling.run(isDryRun: dryRun)
        return CommandOutcome(filling.status(of: replica), summary: FillSummary(replica))
    }
}
