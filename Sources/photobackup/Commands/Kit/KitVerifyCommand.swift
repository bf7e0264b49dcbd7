internal import ArgumentParser
internal import Backup
internal import Terminal

/// Tests the kit that was printed.
struct KitVerifyCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Type the 24 words back, and see that they open the vault.",
        discussion: """
            The words come from PHOTOBACKUP_RECOVERY_PHRASE, or are asked for. With --wrapped-key, they are tried on that \
            too. That it was done is remembered in the vault; photobackup status reminds until then.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var kit: KitOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        if let key = try kit.key(in: context) {
            _ = try await context.vaultAccessWithWords(configuration, wrappedKey: key).open()
        }
        let vault = try await context.vaultAccessWithWords(configuration).open()
        try await vault.recordKitTested()
        context.output.information("the words open vault \(vault.id): tick the line on the page")
        return CommandOutcome(.done, summary: Summary(vault: vault.id.hex))
    }

    private struct Summary: Encodable {
        let vault: String
    }
}
