internal import Backup
internal import Terminal
internal import Vault

extension Output {
    /// A line for each snapshot.
    func show(_ snapshots: [SnapshotSummary]) {
        let lines = table(
            snapshots.map { snapshot in
                [
                    snapshot.id.short, snapshot.id.time.iso8601, singleLine(snapshot.collection),
                    singleLine(snapshot.host), HumanReadable.count(snapshot.fileCount, "file"),
                    HumanReadable.bytes(Int(clamping: snapshot.byteCount)),
                    snapshot.unreadableCount == 0 ? "" : "\(snapshot.unreadableCount) unreadable",
                    (snapshot.tags.map(singleLine) + (snapshot.isCheckpoint ? ["(checkpoint)"] : []))
                        .joined(separator: ", "),
                ]
            })
        for (snapshot, line) in zip(snapshots, lines) {
            result("snapshot", SnapshotRow(snapshot), text: line)
        }
    }
}

private struct SnapshotRow: Encodable {
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
