internal import ArgumentParser
internal import Backup

/// `photobackup` itself, which only knows its commands.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photobackup",
        abstract: "One pass over the photos, three clouds, one secret.",
        discussion: """
            Each file is read once, encrypted once and hashed once, and the same ciphertext goes to every \
            provider. Any one of them and the password, or the 24 written words, give everything back.
            """,
        version: "photobackup \(ProgramVersion.current)",
        subcommands: [
            InitCommand.self, BackupCommand.self, ArchiveCommand.self, StatusCommand.self,
            SnapshotsCommand.self,
            ListCommand.self, RestoreCommand.self, VerifyCommand.self, HealCommand.self, ConfigCommand.self,
        ])
}
