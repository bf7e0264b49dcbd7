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
        let lines = table(
            snapshots.map { snapshot in
                [
                    snapshot.id.short, snapshot.id.time.iso8601, singleLine(snapshot.collection),
                    singleLine(snapshot.host), "\(HumanReadable.count(snapshot.fileCount, "file"))",
                    HumanReadable.bytes(Int(clamping: snapshot.byteCount)),
                    snapshot.unreadableCount == 0 ? "" : "\(snapshot.unreadableCount) unreadable",
                    (snapshot.tags.map(singleLine) + (snapshot.isCheckpoint ? ["(checkpoint)"] : []))
                        .joined(separator: ", "),
                ]
            })
        for (snapshot, line) in zip(snapshots, lines) {
            context.output.result("snapshot", Row(snapshot), text: line)
        }
        return CommandOutcome(
            lost.isEmpty ? .done : .damaged,
            summary: Summary(snapshots: snapshots.count, snapshotsLost: lost.map(\.description)))
    }

    private struct Row: Encodable {
        let snapshotId: String
        let time: String
        let collection: String
        let host: String
        let files: Int
        let bytes: UInt64
        let filesUnreadable: Int
        let tags: [String]
        let checkpoint: Bool

        init(_ snapshot: SnapshotSummary) {
            snapshotId = snapshot.id.description
            time = snapshot.id.time.iso8601
            collection = snapshot.collection
            host = snapshot.host
            files = snapshot.fileCount
            bytes = snapshot.byteCount
            filesUnreadable = snapshot.unreadableCount
            tags = snapshot.tags
            checkpoint = snapshot.isCheckpoint
        }
    }

    private struct Summary: Encodable {
        let snapshots: Int
        let snapshotsLost: [String]
    }
}
