internal import ArgumentParser
internal import Backup

/// `photobackup` itself, which only knows its commands.
struct RootCommand: ParsableCommand {
    /// Names that people know from other programs; help does not show them.
    private static let hiddenNames = ["check": "verify", "repair": "heal"]

    /// The arguments, which begin with the command's name, with a hidden name replaced by the one it stands for.
    static func resolvingHiddenName(_ arguments: [String]) -> [String] {
        guard let first = arguments.first, let name = hiddenNames[first] else { return arguments }
        return [name] + arguments.dropFirst()
    }

    static let configuration = CommandConfiguration(
        commandName: "photobackup",
        abstract: "One pass over the photos, three clouds, one secret.",
        discussion: """
            Each file is read once, encrypted once and hashed once, and the same ciphertext goes to every \
            provider. Any one of them and the password, or the 24 written words, give everything back.
            """,
        version: "photobackup \(ProgramVersion.current)",
        subcommands: [
            InitCommand.self, ConnectCommand.self, BackupCommand.self, ArchiveCommand.self,
            StatusCommand.self, DashboardCommand.self,
            SafeToFormatCommand.self, SnapshotsCommand.self,
            ListCommand.self, FindCommand.self, DiffCommand.self, RestoreCommand.self, MountCommand.self,
            VerifyCommand.self, HealCommand.self, ForgetCommand.self,
            UndeleteCommand.self, PruneCommand.self, PasswordCommand.self, KitCommand.self,
            UnlockCommand.self,
            LockCommand.self, ShareCommand.self, DrillCommand.self, DoctorCommand.self,
            ScheduleCommand.self, ProviderCommand.self,
            ConfigCommand.self, ReadExifCommand.self,
        ])
}
