internal import ArgumentParser
internal import Backup
internal import Terminal

/// Brings back forgotten snapshots.
struct UndeleteCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring back forgotten snapshots, until they are pruned.",
        discussion: """
            What was forgotten is there for seven days at least: without a name, it is listed. It comes back under a new \
            name, with the content, time and tags that it had.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("The first digits of their hashes.", valueName: "snapshot"))
    var snapshots: [String] = []

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(context.configuration(), isChanging: true).open()
        guard !snapshots.isEmpty else {
            let forgotten = try await vault.forgottenSnapshots(warn: context.warning)
            context.output.show(forgotten)
            if forgotten.isEmpty { context.output.information("no forgotten snapshot is there any more") }
            return CommandOutcome(.done, summary: Summary(snapshotsUndeleted: 0))
        }
        let undeleted = try await vault.undelete(snapshots, warn: context.warning)
        for snapshot in undeleted {
            context.output.result(
                "undeleted", Row(snapshot),
                text: "\(singleLine(snapshot.collection)): \(snapshot.forgotten.short) is there again as "
                    + snapshot.snapshot.short)
        }
        return CommandOutcome(.done, summary: Summary(snapshotsUndeleted: undeleted.count))
    }

    private struct Row: Encodable {
        let snapshotId: String
        let forgottenId: String
        let collection: String

        init(_ snapshot: UndeletedSnapshot) {
            snapshotId = snapshot.snapshot.description
            forgottenId = snapshot.forgotten.description
            collection = snapshot.collection
        }
    }

    private struct Summary: Encodable {
        let snapshotsUndeleted: Int
    }
}
