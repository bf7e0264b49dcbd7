internal import Backup
internal import Terminal
internal import Vault

/// How `backup` and `archive` tell what they have stored.
struct BackupReport {
    let summaries: [BackupSummary]

    /// 3 for what could not be read, 4 for a replica that is behind.
    var status: ExitStatus {
        var findings: [ExitStatus] = []
        for summary in summaries {
            if !summary.unreadable.isEmpty { findings.append(.sourceUnreadable) }
            if summary.replicas.contains(where: { !$0.isWhole || $0.packsMissing > 0 }) {
                findings.append(.replicaBehind)
            }
        }
        return ExitStatus.highest(of: findings)
    }

    /// The lines on one collection.
    static func show(_ summary: BackupSummary, on output: Output) {
        for file in summary.unreadable {
            output.warning(
                Diagnostic(what: FileName(file.path.bytes).text, why: "not stored: \(file.reason)"))
        }
        for replica in summary.replicas where !replica.isWhole || replica.packsMissing > 0 {
            output.warning(
                Diagnostic(
                    what: replica.name,
                    why: "behind: " + (replica.failure ?? "\(replica.packsMissing) packs are missing there"),
                    hint: "photobackup heal copies what it misses from another replica"))
        }
        let changes =
            "\(HumanReadable.count(summary.filesNew)) new, \(HumanReadable.count(summary.filesChanged)) changed, "
            + "\(HumanReadable.count(summary.filesUnmodified)) unmodified"
        output.information(
            """
            \(summary.collection): \(HumanReadable.count(summary.filesTotal)) files, \
            \(HumanReadable.bytes(Int(clamping: summary.bytesTotal))): \(changes)
            """)
        let whole = summary.replicas.filter { $0.isWhole }.map(\.name)
        if let snapshot = summary.snapshot {
            output.information(
                """
                stored \(HumanReadable.bytes(summary.bytesStored)) in \(summary.packsStored) packs; \
                snapshot \(snapshot.short) is whole on \(whole.joined(separator: ", "))
                """)
        } else {
            output.information("nothing was stored: this was a dry run")
        }
    }

    var jsonSummary: some Encodable & Sendable { Summary(summaries) }

    private struct Summary: Encodable, Sendable {
        struct Replica: Encodable, Sendable {
            let name: String
            let packs_missing: Int
            let bytes_sent: Int
        }

        let snapshot_id: String?
        let snapshot_ids: [String]
        var files_total = 0
        var files_new = 0
        var files_changed = 0
        var files_unmodified = 0
        var files_unreadable = 0
        var bytes_read = 0
        var bytes_stored = 0
        var packs_stored = 0
        let replicas: [Replica]

        init(_ summaries: [BackupSummary]) {
            snapshot_ids = summaries.compactMap { $0.snapshot?.description }
            snapshot_id = snapshot_ids.last
            for summary in summaries {
                files_total += summary.filesTotal
                files_new += summary.filesNew
                files_changed += summary.filesChanged
                files_unmodified += summary.filesUnmodified
                files_unreadable += summary.unreadable.count
                bytes_read += summary.bytesRead
                bytes_stored += summary.bytesStored
                packs_stored += summary.packsStored
            }
            replicas = (summaries.last?.replicas ?? []).enumerated().map { index, replica in
                Replica(
                    name: replica.name, packs_missing: replica.packsMissing,
                    bytes_sent: summaries.reduce(0) { $0 + $1.replicas[index].bytesSent })
            }
        }
    }
}
