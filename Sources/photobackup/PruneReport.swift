internal import Backup
internal import Terminal

/// What a prune has done, or would do.
struct PruneReport {
    let summary: PruneSummary
    let isDryRun: Bool

    var status: ExitStatus { summary.replicas.contains { $0.failure != nil } ? .replicaBehind : .done }

    func show(on output: Output) {
        let would = isDryRun ? "would be " : ""
        output.information(
            table([
                ["\(would)marked for deletion", Self.text(summary.marked)],
                ["waiting to be deleted", Self.text(summary.waiting)],
                ["\(isDryRun ? "would be deleted" : "due")", Self.text(summary.due)],
                ["needed again, and kept", Self.text(summary.stillNeeded)],
                ["living packs", Self.text(summary.living)],
                ["dead inside living packs", HumanReadable.bytes(Int(clamping: summary.deadByteCount))],
            ]).joined(separator: "\n"))
        for id in summary.unfinished {
            output.warning(
                Diagnostic(
                    what: "snapshot \(id.short)", why: "its run never ended, and part of it is gone",
                    hint: "photobackup forget \(id.short)"))
        }
        guard !isDryRun else { return }
        for replica in summary.replicas {
            var parts = ["\(Self.text(replica.deleted)) deleted"]
            if replica.locked.count > 0 { parts.append("\(Self.text(replica.locked)) locked still") }
            if replica.tooYoung.count > 0 {
                parts.append("\(Self.text(replica.tooYoung)) left until their minimum storage time is over")
            }
            output.result(
                "replica", Replica(replica), text: "  \(replica.name): \(parts.joined(separator: ", "))")
            guard let failure = replica.failure else { continue }
            output.warning(
                Diagnostic(
                    what: replica.name, why: failure,
                    hint: "the next prune goes on; prune_profile names credentials that may delete"))
        }
    }

    private static func text(_ total: ObjectTotal) -> String {
        "\(HumanReadable.count(total.count, "object")), \(HumanReadable.bytes(Int(clamping: total.byteCount)))"
    }

    var jsonSummary: some Encodable & Sendable {
        JSONSummary(
            objectsMarked: summary.marked.count, bytesMarked: summary.marked.byteCount,
            objectsWaiting: summary.waiting.count, bytesWaiting: summary.waiting.byteCount,
            objectsDue: summary.due.count, bytesDue: summary.due.byteCount,
            objectsStillNeeded: summary.stillNeeded.count, packsLiving: summary.living.count,
            bytesLiving: summary.living.byteCount, bytesDead: summary.deadByteCount,
            snapshotsUnfinished: summary.unfinished.map(\.description), dryRun: isDryRun,
            replicas: summary.replicas.map(Replica.init))
    }

    private struct JSONSummary: Encodable {
        let objectsMarked: Int
        let bytesMarked: Int64
        let objectsWaiting: Int
        let bytesWaiting: Int64
        let objectsDue: Int
        let bytesDue: Int64
        let objectsStillNeeded: Int
        let packsLiving: Int
        let bytesLiving: Int64
        let bytesDead: Int64
        let snapshotsUnfinished: [String]
        let dryRun: Bool
        let replicas: [Replica]
    }

    private struct Replica: Encodable {
        let name: String
        let objectsDeleted: Int
        let bytesDeleted: Int64
        let objectsLocked: Int
        let objectsTooYoung: Int
        let reason: String?

        init(_ replica: PruneSummary.Replica) {
            name = replica.name
            (objectsDeleted, bytesDeleted) = (replica.deleted.count, replica.deleted.byteCount)
            (objectsLocked, objectsTooYoung) = (replica.locked.count, replica.tooYoung.count)
            reason = replica.failure
        }
    }
}
