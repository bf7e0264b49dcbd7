internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Crypto
internal import Terminal

/// What both commands that set a password take.
struct NewPasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How hard the password is to guess: sensitive, moderate or interactive.",
            discussion: "sensitive takes 1 GiB of memory and a few seconds.", valueName: "strength"))
    var kdfStrength = PasswordStrength.sensitive

    @Flag(name: [.customShort("n"), .long], help: "See whether the vault opens, and change nothing.")
    var dryRun = false
}

extension CommandContext {
    /// Opens the vault, asks for the new password, and sets it.
    func setPassword(
        opening access: VaultAccess, _ configuration: BackupConfiguration, _ options: NewPasswordOptions
    ) async throws -> CommandOutcome {
        let vault = try await access.open()
        let names = vault.replicas.names.joined(separator: ", ")
        guard !options.dryRun else {
            output.information("the vault opens; its password would be changed on \(names)")
            return CommandOutcome()
        }
        let password = try await secrets(configuration).newPassword()
        warnIfWeak(password, remedy: "run it again to set another")
        let change = try await vault.changePassword(
            to: password, strength: options.kdfStrength, warn: warning)
        for failure in change.behind { warning(Warning(failure)) }
        output.information("changed the password of vault \(vault.id) on \(names)")
        output.information(
            "a copy that somebody kept of the old keyring still opens with the old password: where others know "
                + "that, make a new vault")
        return CommandOutcome(
            change.behind.isEmpty ? .done : .replicaBehind,
            summary: Summary(
                vault: vault.id.hex, keyring: change.sequence, keyringsReplaced: change.replacedCount))
    }

    private struct Summary: Encodable {
        let vault: String
        let keyring: UInt32
        let keyringsReplaced: Int
    }
}
