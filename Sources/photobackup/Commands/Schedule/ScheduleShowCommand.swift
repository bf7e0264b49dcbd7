internal import ArgumentParser
internal import Configuration
internal import Foundation
internal import Terminal
internal import Vault

/// Shows what is installed, and how the last run ended.
struct ScheduleShowCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what is installed, and how the last run ended.")

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let call = try ScheduledCall(context: context)
        let timer = SystemdTimer(call: call, environment: context.environment)
        var summary = Summary()
        if timer.isInstalled {
            summary.kind = "systemd"
            summary.entry = try String(contentsOfFile: timer.timerFile, encoding: .utf8)
            context.output.information("\(timer.timerFile):\n\(summary.entry ?? "")")
        } else if let line = (try? await Crontab(call: call).installed()) ?? nil {
            (summary.kind, summary.entry) = ("cron", line)
            context.output.information("crontab:\n\(line)")
        } else {
            context.output.information(
                "nothing is scheduled for \(configuration.file); photobackup schedule install does")
        }
        let file = ScheduleInstallCommand.recordFile(configuration, call)
        if let record = ScheduleRecord.read(from: file), record.ended != nil || record.exitCode != nil {
            let started = UTCTime(secondsSince1970: record.started).iso8601
            (summary.lastStarted, summary.lastExitCode) = (started, record.exitCode)
            let end = record.exitCode.map { "ended with exit code \($0)" } ?? "has not ended"
            context.output.information("the last run began at \(started) and \(end)")
        } else {
            context.output.information("no scheduled run has ended yet")
        }
        return CommandOutcome(summary: summary)
    }

    private struct Summary: Encodable, Sendable {
        var kind: String?
        /// The timer, or the line in the crontab.
        var entry: String?
        var lastStarted: String?
        var lastExitCode: Int32?
    }
}
