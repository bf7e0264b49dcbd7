internal import ArgumentParser
internal import Vault

/// What an emergency kit has besides the words.
struct KitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The wrapped key on the emergency kit, where every keyring is lost.",
            discussion: "Else $PHOTOBACKUP_WRAPPED_KEY. It opens with the 24 words.", valueName: "text"))
    var wrappedKey: String?

    /// The key, if one was given.
    ///
    /// - Throws: `VaultError` for one that was mistyped.
    func key(in context: CommandContext) throws -> EmergencyKey? {
        try (wrappedKey ?? context.environment["PHOTOBACKUP_WRAPPED_KEY"]).map(EmergencyKey.init(parsing:))
    }
}
