internal import ArgumentParser

/// Sets a new password with the 24 words.
struct PasswordResetCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Set a new password with the 24 recovery words.",
        discussion: """
            Where every keyring is lost, --wrapped-key with the key on the emergency kit makes one again. The words come from PHOTOBACKUP_RECOVERY_PHRASE, or are asked for: capitals and spaces do not matter, and \
            four letters of each suffice. The new password comes from PHOTOBACKUP_NEW_PASSWORD, or is asked for twice.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: NewPasswordOptions
    @OptionGroup var kit: KitOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        return try await context.setPassword(
            opening: context.vaultAccessWithWords(
                configuration, isChanging: !options.dryRun, wrappedKey: kit.key(in: context)),
            configuration, options)
    }
}
