internal import ArgumentParser
internal import Terminal

/// Removes the timer, or the line in the crontab.
struct ScheduleRemoveCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Let no more runs begin by themselves.")

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions
    @Flag(name: [.customShort("n"), .long], help: "Show what would be removed, and remove nothing.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let call = try ScheduledCall(context: context)
        let timer = SystemdTimer(call: call, environment: context.environment)
        let crontab = Crontab(call: call)
        let would = dryRun ? "would be " : ""
        var removed: [String] = []
        if timer.isInstalled {
            if !dryRun { try await timer.remove() }
            removed.append("systemd")
            context.output.information("\(call.name).timer \(would)removed")
        }
        if (try? await crontab.installed()) ?? nil != nil {
            if !dryRun { try await crontab.remove() }
            removed.append("cron")
            context.output.information("the line in the crontab \(would)removed")
        }
        if removed.isEmpty { context.output.information("nothing is scheduled") }
        return CommandOutcome(summary: Summary(removed: removed, dryRun: dryRun))
    }

    private struct Summary: Encodable, Sendable {
        let removed: [String]
        let dryRun: Bool
    }
}
