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
            if !summary.rot.isEmpty { findings.append(.damaged) }
            if !summary.unreadable.isEmpty || !summary.incomplete.isEmpty {
                findings.append(.sourceUnreadable)
            }
            if summary.replicas.contains(where: \.isBehind) || !summary.sharedPlaces.isEmpty {
                findings.append(.replicaBehind)
            }
            if summary.replicas.contains(where: \.isEmptied) { findings.append(.damaged) }
        }
        return ExitStatus.highest(of: findings)
    }

    /// The lines on one collection.
    static func show(_ summary: BackupSummary, on output: Output) {
        for file in summary.unreadable {
            output.warning(
                Diagnostic(what: FileName(file.path.bytes).text, why: "not stored: \(file.reason)"))
        }
        for own in summary.leftOut {
            output.warning(
                Diagnostic(what: FileName(own.path.bytes).text, why: "left out: \(own.what)"))
        }
        for file in summary.incomplete {
            output.warning(
                Diagnostic(what: FileName(file.path.bytes).text, why: "stored, but \(file.reason)"))
        }
        for path in summary.rot { show(rot: path, of: summary, on: output) }
        for replica in summary.replicas where replica.isBehind {
            output.warning(
                Diagnostic(
                    what: replica.name, why: replica.standing.line,
                    hint: replica.standing.cure
                        ?? (replica.standing.damageCount > 0
                            ? "photobackup heal puts right what another replica still has"
                            : "the next run copies what it misses from another replica")))
        }
        for replica in summary.replicas where replica.standing.isAway {
            output.information("\(replica.name): \(replica.standing.line)")
        }
        let changes =
            "\(HumanReadable.count(summary.filesNew)) new, \(HumanReadable.count(summary.filesChanged)) changed, "
            + "\(HumanReadable.count(summary.filesUnmodified)) unmodified, \(removed(summary.removed))"
        output.information(
            """
            \(summary.collection): \(HumanReadable.count(summary.filesTotal, "file")), \
            \(HumanReadable.bytes(Int(clamping: summary.bytesTotal))): \(changes)
            """)
        showOthers(of: summary, on: output)
        for (kind, count) in summary.specialFiles.sorted(by: { $0.key < $1.key }) {
            output.detail("left out \(HumanReadable.count(count, kind)), which has no content")
        }
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

    private static func removed(_ counts: EntryCounts) -> String {
        let others = counts.directories + counts.links
        return "\(HumanReadable.count(counts.files)) removed"
            + (others > 0
                ? " (and \(HumanReadable.count(others)) \(others == 1 ? "folder or link" : "folders or links"))"
                : "")
    }

    /// What was archived into the collection, or is of a source that it has no more.
    private static func showOthers(of summary: BackupSummary, on output: Output) {
        guard !summary.others.isEmpty else { return }
        let tops = summary.others.keys.sorted()
        let named = tops.prefix(3).map { "\"\(FileName($0.bytes).text)\"" }.joined(separator: ", ")
        let files = summary.others.values.reduce(0) { $0 + $1.files }
        output.information(
            """
            \(summary.collection): \(HumanReadable.count(files, "file")) of \(named)\
            \(tops.count > 3 ? " and \(tops.count - 3) more" : "") \(files == 1 ? "is" : "are") kept, though no source of it has that name; \
            --accept-loss leaves them out
            """)
    }

    private static func show(rot path: EntryPath, of summary: BackupSummary, on output: Output) {
        let name = FileName(path.bytes)
        output.message(
            "rot", Rot(collection: summary.collection, path: name.jsonText, pathBase64: name.base64))
        guard output.format == .text else { return }
        output.warning(
            Diagnostic(
                what: name.text,
                why: "its content changed though nobody wrote it; the vault keeps it as it was",
                hint:
                    "photobackup restore brings the good one back; touch the file if the new content is meant"
            ))
    }

    private struct Rot: Encodable {
        let collection: String
        let path: String
        let pathBase64: String?
    }

    var jsonSummary: some Encodable & Sendable { Summary(summaries) }

    private struct Summary: Encodable, Sendable {
        struct Replica: Encodable, Sendable {
            let name: String
            let packsMissing: Int
            let objectsMissing: Int
            let bytesSent: Int
            let away: Bool
            let behindSince: String?
            let reason: String?
        }

        let snapshotId: String?
        let snapshotIds: [String]
        var filesTotal = 0
        var filesNew = 0
        var filesChanged = 0
        var filesUnmodified = 0
        var filesRemoved = 0
        var entriesRemoved = 0
        var filesKeptOfOthers = 0
        var filesUnreadable = 0
        var filesIncomplete = 0
        var filesWithoutContent = 0
        var filesRot = 0
        var bytesRead = 0
        var bytesStored = 0
        var packsStored = 0
        let replicas: [Replica]

        init(_ summaries: [BackupSummary]) {
            snapshotIds = summaries.compactMap { $0.snapshot?.description }
            snapshotId = snapshotIds.last
            for summary in summaries {
                filesTotal += summary.filesTotal
                filesNew += summary.filesNew
                filesChanged += summary.filesChanged
                filesUnmodified += summary.filesUnmodified
                filesRemoved += summary.removed.files
                entriesRemoved += summary.removed.all
                filesKeptOfOthers += summary.others.values.reduce(0) { $0 + $1.files }
                filesUnreadable += summary.unreadable.count
                filesIncomplete += summary.incomplete.count
                filesWithoutContent += summary.specialFiles.values.reduce(0, +)
                filesRot += summary.rot.count
                bytesRead += summary.bytesRead
                bytesStored += summary.bytesStored
                packsStored += summary.packsStored
            }
            replicas = (summaries.last?.replicas ?? []).enumerated().map { index, replica in
                Replica(
                    name: replica.name, packsMissing: replica.packsMissing,
                    objectsMissing: replica.objectsMissing,
                    bytesSent: summaries.reduce(0) { $0 + $1.replicas[index].bytesSent },
                    away: replica.standing.isAway, behindSince: replica.standing.behindSince?.iso8601,
                    reason: replica.failure)
            }
        }
    }
}
