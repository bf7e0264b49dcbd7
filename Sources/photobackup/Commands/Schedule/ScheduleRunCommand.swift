internal import ArgumentParser
internal import Backup
internal import Configuration
internal import Terminal
internal import Vault

/// What the timer starts.
struct ScheduleRunCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Do now what a scheduled run does.",
        discussion: """
            Backs up, gives replicas what they miss, verifies a part, extends locks, and forgets and prunes by the \
            rules of the configuration; what fails does not stop what comes after it. With --daily or --every it \
            does nothing unless a run is due.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @OptionGroup var when: RunTimesOptions

    @Option(
        help: ArgumentHelp("Write there what there is to say, and keep five files of it.", valueName: "file"))
    var log: String?
    @Option(
        help: ArgumentHelp(
            "Write figures on the run there, for node_exporter's textfile collector.", valueName: "file"))
    var metrics: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let call = try ScheduledCall(context: context)
        let file = ScheduleInstallCommand.recordFile(configuration, call)
        let now = UTCTime.now().secondsSince1970
        let previous = ScheduleRecord.read(from: file)
        if let times = when.times {
            let delay = call.delay(upTo: when.jitter.seconds)
            guard times.isDue(at: now, last: previous?.started, delay: delay) else { return CommandOutcome() }
        }
        if let log { try RunLog(path: log).open() }
        LowPriority.take()
        context.output.information("run begins at \(UTCTime(secondsSince1970: now).iso8601)")
        var record = ScheduleRecord(started: now)
        try record.write(to: file)
        do {
            let outcome = try await context.told(as: "schedule", by: configuration, metrics: metrics) {
                try await ScheduledRun(configuration: configuration, context: context).run()
            }
            try end(&record, outcome.status, file, context)
            return outcome
        } catch let error as AnotherRunError {
            // Not done, and so still due.
            if let previous { try previous.write(to: file) } else { ScheduleRecord.remove(file) }
            throw error
        } catch {
            try end(&record, Failure(error, wasCancelled: Task.isCancelled).status, file, context)
            throw error
        }
    }

    private func end(
        _ record: inout ScheduleRecord, _ status: ExitStatus, _ file: String, _ context: CommandContext
    ) throws {
        (record.ended, record.exitCode) = (UTCTime.now().secondsSince1970, status.rawValue)
        try record.write(to: file)
        context.output.information("run ends with exit code \(status.rawValue)")
    }
}
