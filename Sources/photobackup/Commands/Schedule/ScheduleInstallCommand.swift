internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Terminal
internal import Vault

/// Installs the timer, or the line in the crontab.
struct ScheduleInstallCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Let runs begin by themselves; takes the place of an earlier schedule.")

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var when: RunTimesOptions

    @Flag(help: "Use systemd, also where it does not answer.") var systemd = false
    @Flag(help: "Use the crontab, also where there is systemd.") var cron = false
    @Flag(name: [.customShort("n"), .long], help: "Show what would be written, and write nothing.")
    var dryRun = false

    func validate() throws {
        guard !(systemd && cron) else { throw ValidationError("--systemd and --cron exclude each other") }
        guard when.times != nil else {
            throw ValidationError("say when: --daily 02:30, or --every 6h")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        guard let times = when.times else { preconditionFailure("validated") }
        let configuration = try context.configuration()
        // What a scheduled run would stumble over at night is said now.
        if let retention = configuration.unattended.retention { _ = try RetentionPolicy(retention) }
        _ = try configuration.requireProviders()
        let call = try ScheduledCall(context: context)
        for name in call.leftVariables(context.environment) {
            context.output.warning(
                Diagnostic(
                    what: name, why: "it is set now, and will not be when a timer starts the program",
                    hint: "the configuration can name a password_command, a profile or a credentials_command")
            )
        }
        let timer = SystemdTimer(call: call, environment: context.environment)
        let crontab = Crontab(call: call)
        let delay = call.delay(upTo: when.jitter.seconds)
        let usesSystemd = if systemd { true } else if cron { false } else { await timer.isAvailable() }
        if usesSystemd {
            if dryRun {
                context.output.information("\(timer.serviceFile):\n\(timer.service)")
                context.output.information(
                    "\(timer.timerFile):\n\(timer.timer(times, jitter: when.jitter.seconds))")
            } else {
                try await timer.install(times, jitter: when.jitter.seconds)
                if try await Self.installedLine(of: crontab) != nil { try await crontab.remove() }
                context.output.information("\(call.name).timer starts runs: \(times.calendarEvent)")
            }
        } else {
            let line = try crontab.line(
                times, jitter: when.jitter.seconds, logFile: Self.logFile(configuration, call))
            if dryRun {
                context.output.information(line)
            } else {
                let record = Self.recordFile(configuration, call)
                // The first run is at the first moment for one, and not at once.
                if ScheduleRecord.read(from: record) == nil {
                    try ScheduleRecord(started: UTCTime.now().secondsSince1970).write(to: record)
                }
                try await crontab.install(line)
                if timer.isInstalled { try await timer.remove() }
                let next = UTCTime(
                    secondsSince1970: times.next(after: UTCTime.now().secondsSince1970) + delay)
                context.output.information("the crontab starts runs, the next one at \(next.iso8601)")
            }
        }
        return CommandOutcome(
            summary: Summary(kind: usesSystemd ? "systemd" : "cron", name: call.name, dryRun: dryRun))
    }

    /// Where there is no crontab, there is no line in it.
    private static func installedLine(of crontab: Crontab) async throws -> String? {
        (try? await crontab.installed()) ?? nil
    }

    static func recordFile(_ configuration: BackupConfiguration, _ call: ScheduledCall) -> String {
        "\(configuration.stateDirectory)/\(call.name).schedule"
    }

    static func logFile(_ configuration: BackupConfiguration, _ call: ScheduledCall) -> String {
        "\(configuration.stateDirectory)/\(call.name).log"
    }

    private struct Summary: Encodable, Sendable {
        let kind: String
        let name: String
        let dryRun: Bool
    }
}
