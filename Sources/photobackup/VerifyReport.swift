internal import Backup
internal import ObjectStore
internal import Replicator
internal import Terminal
internal import Vault

/// How `verify` and `heal` tell what they found.
struct VerifyReport {
    let summary: VerifySummary

    /// 5 for damage; 4 for a replica that is behind, could not be asked, or could not be checked at this level.
    var status: ExitStatus {
        var findings: [ExitStatus] = []
        if summary.isBehind { findings.append(.replicaBehind) }
        if summary.isDamaged { findings.append(.damaged) }
        return ExitStatus.highest(of: findings)
    }

    static func show(_ discrepancy: Discrepancy, of vault: AuditedVault, on output: Output) {
        let name = vault.replicas.names[discrepancy.replica]
        output.result(
            "discrepancy", Row(discrepancy, name),
            text: "\(name): \(discrepancy.kind.rawValue): \(discrepancy.key)")
    }

    func show(on output: Output, hint: String?) {
        for replica in summary.replicas where replica.isTarget {
            if replica.isAway {
                output.information("\(replica.name): away as expected, and not verified")
                continue
            }
            if let failure = replica.failure {
                output.warning(
                    Diagnostic(what: replica.name, why: singleLine(failure), hint: replica.hint))
            }
            if let expiry = replica.expiry {
                output.warning(
                    Diagnostic(what: replica.name, why: expiry.text, hint: AnnouncedExpiry.hint))
            }
            let wrong = Discrepancy.Kind.allCases.compactMap { kind in
                replica.counts[kind].flatMap { $0 > 0 ? "\(HumanReadable.count($0)) \(kind.rawValue)" : nil }
            }
            // A listing that broke off has shown some to be right; one that failed at once has shown nothing.
            let isUnknown = !replica.isListed && replica.rightCount == 0
            var parts =
                (isUnknown ? ["unknown"] : ["\(HumanReadable.count(replica.rightCount)) right"]) + wrong
            if replica.checkedCount > 0 {
                parts.append("\(HumanReadable.count(replica.checkedCount)) checked")
            }
            if replica.notCheckableCount > 0 {
                parts.append("\(HumanReadable.count(replica.notCheckableCount)) not checkable at this level")
            }
            if replica.coldCount > 0 {
                parts.append("\(HumanReadable.count(replica.coldCount)) in cold storage and not read")
            }
            if replica.unansweredCount > 0 {
                parts.append("\(HumanReadable.count(replica.unansweredCount)) not checked: no answer")
            }
            if replica.healedCount > 0 { parts.append("\(HumanReadable.count(replica.healedCount)) healed") }
            output.information("\(replica.name): \(parts.joined(separator: ", "))")
        }
        if summary.bytesRead > 0 { output.information("read \(HumanReadable.bytes(summary.bytesRead))") }
        if summary.isCut { output.information("the budget is used up; the next run goes on from here") }
        if summary.replicas.contains(where: { $0.notCheckableCount > 0 }) {
            output.information("--level read checks what a provider keeps no checksum of")
        }
        if summary.needsHealing, let hint { output.information(hint) }
    }

    var jsonSummary: some Encodable & Sendable { Summary(summary) }

    private struct Row: Encodable {
        let replica: String
        let kind: String
        let object: String
        let expected: Int?
        let found: Int?

        init(_ discrepancy: Discrepancy, _ name: String) {
            replica = name
            kind = discrepancy.kind.rawValue
            object = discrepancy.key.rawValue
            expected = discrepancy.expectedByteCount
            found = discrepancy.foundByteCount
        }
    }

    private struct Summary: Encodable, Sendable {
        struct Replica: Encodable, Sendable {
            let name: String
            let ok: Int
            let listed: Bool
            let missing: Int
            let truncated: Int
            let corrupt: Int
            let stray: Int
            let behind: Int
            let stale: Int
            let healed: Int
            let checked: Int
            let notCheckable: Int
            let cold: Int
            let unanswered: Int
            let failure: String?
            let expiry: String?
            let away: Bool

            init(_ replica: VerifySummary.Replica) {
                name = replica.name
                ok = replica.rightCount
                listed = replica.isListed
                missing = replica.counts[.missing] ?? 0
                truncated = replica.counts[.truncated] ?? 0
                corrupt = replica.counts[.corrupt] ?? 0
                stray = replica.counts[.stray] ?? 0
                behind = replica.counts[.behind] ?? 0
                stale = replica.counts[.stale] ?? 0
                healed = replica.healedCount
                checked = replica.checkedCount
                notCheckable = replica.notCheckableCount
                cold = replica.coldCount
                unanswered = replica.unansweredCount
                failure = replica.failure
                expiry = replica.expiry?.text
                away = replica.isAway
            }
        }

        let objects: Int
        let bytesRead: Int
        let requests: Int
        let budgetReached: Bool
        let replicas: [Replica]

        init(_ summary: VerifySummary) {
            objects = summary.objectCount
            bytesRead = summary.bytesRead
            requests = summary.requestCount
            budgetReached = summary.isCut
            replicas = summary.replicas.map(Replica.init)
        }
    }
}
