internal import ArgumentParser
internal import Backup
internal import Terminal
internal import Vault

/// Lists snapshots.
struct SnapshotsCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshots", abstract: "List the snapshots, oldest first.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var expected: ExpectedHeadOption

    @Argument(help: "The collection; all, if none is named.") var collection: String?

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let vault = try await context.vaultAccess(context.configuration()).open()
        if let head = expected.head { try await vault.require(head, warn: context.warning) }
        var lost: [SnapshotID] = []
        let snapshots = try await vault.snapshots(
            of: collection, warn: context.warning, onLost: { lost.append($0) })
        if let collection, snapshots.isEmpty {
            throw CommandError(
                what: "snapshots", why: "there is no collection '\(singleLine(collection))'",
                hint: "photobackup snapshots without a name lists them all")
        }
        context.output.show(snapshots)
        return CommandOutcome(
            lost.isEmpty ? .done : .damaged,
            summary: Summary(snapshots: snapshots.count, snapshotsLost: lost.map(\.description)))
    }

    private struct Summary: Encodable {
        let snapshots: Int
        let snapshotsLost: [String]
    }
}
