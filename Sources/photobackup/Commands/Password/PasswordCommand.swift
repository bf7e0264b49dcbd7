internal import ArgumentParser

/// Gives the vault another password; only knows its commands.
struct PasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Change the password, or set a new one from the 24 words.",
        subcommands: [PasswordChangeCommand.self, PasswordResetCommand.self])
}
