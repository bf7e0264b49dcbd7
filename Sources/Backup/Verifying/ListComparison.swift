internal import ObjectStore
internal import Replicator
internal import Vault

extension AuditedVault {
    /// Level `list`: compares names and sizes with what must be there.
    ///
    /// What is wrong is in the catalog, under the verification's number, and nowhere in memory.
    ///
    /// - Parameter mayBeAway: whether a disk that is away as expected is no failure: not where it was asked for by name.
    func compareListings(
        of targets: [Int], mayBeAway: Bool, for verification: Verification, _ freshness: Freshness,
        _ summary: inout VerifySummary, _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) async throws {
        var needed = NeededObjects(catalog: catalog)
        var counts: [Int: [Discrepancy.Kind: Int]] = [:]
        let report = try await replicas.survey(
            prefixes: [""], on: targets, nextNeeded: { try needed.next() },
            onBatch: { batch in
                let found = try batch.rows.flatMap { row in
                    try row.discrepancies.compactMap { try classify($0, row, freshness) }
                }
                try catalog.record(
                    found.filter { $0.kind != .stray }, at: .list, by: verification,
                    replicas: catalogReplicas)
                for finding in found {
                    counts[finding.replica, default: [:]][finding.kind, default: 0] += 1
                    onDiscrepancy(finding)
                }
                for foreign in batch.foreignNames {
                    counts[foreign.replica, default: [:]][.stray, default: 0] += 1
                }
            })
        summary.objectCount = report.neededCount
        for replica in targets {
            guard let listing = report.replicas[replica] else { continue }
            summary.replicas[replica].rightCount = listing.rightCount
            summary.replicas[replica].counts = counts[replica] ?? [:]
            summary.replicas[replica].failure = listing.failure?.reason
            summary.replicas[replica].hint = listing.failure?.hint
            summary.replicas[replica].isListed = listing.failure == nil
            let isAway = try noteAbsence(of: replica, failure: listing.failure)
            summary.replicas[replica].isAway = isAway && mayBeAway
            summary.requestCount += listing.requestCount
            // What a broken listing has not shown is as wrong as it was.
            guard listing.failure == nil else { continue }
            try catalog.forgetListed(on: catalogReplicas[replica], before: verification)
        }
    }

    /// What earlier verifications found and this one has not looked at again is as wrong as it was: an altered object
    /// is not right because its size is.
    func countStandingDamage(
        on targets: [Int], before verification: Verification, _ summary: inout VerifySummary,
        _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) throws {
        for replica in targets {
            var last: ObjectKey?
            repeat {
                let findings = try catalog.standingFindings(
                    on: catalogReplicas[replica], before: verification, after: last, limit: 1000)
                for finding in findings {
                    summary.replicas[replica].found(finding.kind, wasRight: finding.kind == .corrupt)
                    onDiscrepancy(
                        Discrepancy(
                            replica: replica, key: finding.key, kind: finding.kind,
                            expectedByteCount: finding.expectedByteCount))
                }
                last = findings.last?.key
            } while last != nil
        }
    }
}
