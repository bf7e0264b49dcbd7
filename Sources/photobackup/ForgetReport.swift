internal import Backup
internal import Terminal
internal import Vault

/// What a policy keeps and why, and what is forgotten, a line each.
struct ForgetReport {
    let summary: ForgetSummary
    let isDryRun: Bool

    func show(on output: Output) {
        for group in summary.groups {
            output.information("\(singleLine(group.collection)) on \(singleLine(group.host))")
            let lines = table(
                group.decisions.map { decision in
                    [
                        decision.isKept ? "keep" : "forget", decision.candidate.id.short,
                        decision.candidate.id.time.iso8601,
                        singleLine(decision.reasons.joined(separator: ", ")),
                    ]
                })
            for (decision, line) in zip(group.decisions, lines) {
                output.result("snapshot", Row(decision, of: group), text: line)
            }
        }
        if summary.groups.isEmpty {
            for id in summary.forgotten {
                output.result("snapshot", Row(id), text: "forget  \(id.short)  \(id.time.iso8601)")
            }
        }
        let count = summary.forgotten.count
        let snapshots = HumanReadable.count(count, "snapshot")
        output.information(isDryRun ? "\(snapshots) would be forgotten" : "\(snapshots) forgotten")
        if count > 0, !isDryRun {
            output.information(
                "photobackup undelete brings them back; photobackup prune gives their space back")
        }
    }

    private struct Row: Encodable {
        let snapshotId: String
        let time: String
        var collection: String?
        var host: String?
        let kept: Bool
        let reasons: [String]

        init(_ decision: RetentionPolicy.Decision, of group: ForgetSummary.Group) {
            snapshotId = decision.candidate.id.description
            time = decision.candidate.id.time.iso8601
            (collection, host) = (group.collection, group.host)
            (kept, reasons) = (decision.isKept, decision.reasons)
        }

        init(_ id: SnapshotID) {
            (snapshotId, time) = (id.description, id.time.iso8601)
            (kept, reasons) = (false, [])
        }
    }
}
