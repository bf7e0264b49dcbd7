internal import ArgumentParser

/// Changes the password of a vault that opens.
struct PasswordChangeCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Change the password.",
        discussion: """
            The vault is opened with this machine's device key, or the old password. The new one comes from \
            PHOTOBACKUP_NEW_PASSWORD, or is asked for twice. Other machines go on with their device keys. A copy that \
            somebody kept of the old keyring still opens with the old password.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: NewPasswordOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        return try await context.setPassword(
            opening: context.vaultAccess(configuration, isChanging: !options.dryRun), configuration, options)
    }
}
