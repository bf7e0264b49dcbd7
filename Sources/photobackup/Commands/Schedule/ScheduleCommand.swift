internal import ArgumentParser

/// Runs that begin by themselves.
struct ScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Let everything be done while nobody is there.",
        discussion: """
            A systemd timer, or a line in the crontab where there is no systemd, starts runs that back up, give \
            replicas what they miss, verify a part, extend locks, and forget and prune by the rules of the \
            configuration.
            """,
        subcommands: [
            ScheduleInstallCommand.self, ScheduleShowCommand.self, ScheduleRunCommand.self,
            ScheduleRemoveCommand.self,
        ])
}
