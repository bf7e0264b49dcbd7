public import ArgumentParser
public import Backup
internal import Terminal

/// Forgets snapshots, by a policy or by name.
struct ForgetCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget snapshots that are not to be kept; prune gives their space back.",
        discussion: """
            Either snapshots are named, or rules say what stays: each rule by itself may keep a snapshot, and what \
            none keeps goes. Rules count for each collection and machine by itself. Nothing is deleted yet: undelete \
            brings back what was forgotten until prune deletes it, seven days later at the earliest.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The first digits of their hashes.", valueName: "snapshot"))
    var snapshots: [String] = []
    @Option(help: ArgumentHelp("Only this collection; can be given several times.", valueName: "name"))
    var collection: [String] = []
    @Option(help: ArgumentHelp("Keep the last n snapshots.", valueName: "n")) var keepLast: KeepCount?
    @Option(help: ArgumentHelp("Keep the newest of each of the last n hours that have one.", valueName: "n"))
    var keepHourly: KeepCount?
    @Option(help: ArgumentHelp("The same with days.", valueName: "n")) var keepDaily: KeepCount?
    @Option(help: ArgumentHelp("The same with weeks, from Monday.", valueName: "n")) var keepWeekly:
        KeepCount?
    @Option(help: ArgumentHelp("The same with months.", valueName: "n")) var keepMonthly: KeepCount?
    @Option(help: ArgumentHelp("The same with years.", valueName: "n")) var keepYearly: KeepCount?
    @Option(
        help: ArgumentHelp(
            "Keep what is at most so much older than the newest snapshot: 2y5m7d3h.", valueName: "span"))
    var keepWithin: RetentionPeriod?
    @Option(
        help: ArgumentHelp(
            "Keep what has this tag, or all of several with commas between; can be given several times.",
            valueName: "tag"))
    var keepTag: [String] = []
    @Flag(name: [.customShort("n"), .long], help: "Show what would be forgotten, and change nothing.")
    var dryRun = false

    private var policy: RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.hourly) = (keepLast?.count, keepHourly?.count)
        (policy.daily, policy.weekly) = (keepDaily?.count, keepWeekly?.count)
        (policy.monthly, policy.yearly) = (keepMonthly?.count, keepYearly?.count)
        policy.within = keepWithin
        policy.tags = keepTag.map { $0.split(separator: ",").map(String.init) }.filter { !$0.isEmpty }
        return policy
    }

    func validate() throws {
        if snapshots.isEmpty {
            guard !policy.isEmpty else {
                throw ValidationError(
                    "no snapshot is named, and no rule says what to keep: for example --keep-daily 7 --keep-monthly 12"
                )
            }
        } else if !policy.isEmpty || !collection.isEmpty {
            throw ValidationError("snapshots are named, or chosen by rules and collections: not both")
        }
    }

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(context.configuration(), isChanging: !dryRun).open()
        let choice: ForgetRequest.Choice =
            snapshots.isEmpty ? .policy(policy, collections: collection) : .snapshots(snapshots)
        let summary = try await vault.forget(
            ForgetRequest(choice, isDryRun: dryRun), warn: context.warning)
        ForgetReport(summary: summary, isDryRun: dryRun).show(on: context.output)
        for name in summary.behind {
            context.output.warning(
                Diagnostic(
                    what: name, why: "it does not know yet what was forgotten",
                    hint: "photobackup heal tells it, and so does the next backup"))
        }
        return CommandOutcome(
            summary.behind.isEmpty ? .done : .replicaBehind,
            summary: Summary(
                snapshotsForgotten: summary.forgotten.map(\.description),
                snapshotsKept: summary.groups.flatMap(\.decisions).count(where: \.isKept), dryRun: dryRun))
    }

    private struct Summary: Encodable {
        let snapshotsForgotten: [String]
        let snapshotsKept: Int
        let dryRun: Bool
    }
}

/// How many a rule keeps: a number from 1, or `unlimited`.
struct KeepCount: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        if argument == "unlimited" {
            count = .max
        } else if let count = Int(argument), count > 0 {
            self.count = count
        } else {
            return nil
        }
    }
}

extension RetentionPeriod: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
