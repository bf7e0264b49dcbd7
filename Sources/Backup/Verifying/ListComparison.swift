internal import ObjectStore
internal import Replicator
internal import Vault

extension AuditedVault {
    /// Level `list`: returns what was found wrong.
    func compareListings(
        _ targets: [Int], _ freshness: Freshness, _ summary: inout VerifySummary,
        _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) async throws -> Set<Discrepancy.Place> {
        try catalog.forgetListed(on: targets.map { catalogReplicas[$0] })
        let inventories = await replicas.listSmallObjects([ObjectName.inventoryPrefix]).holders
        var needed = NeededObjects(catalog: catalog)
        var wrong: Set<Discrepancy.Place> = []
        var counts: [Int: [Discrepancy.Kind: Int]] = [:]
        let report = try await replicas.survey(
            prefixes: [""], on: targets, nextNeeded: { try needed.next() },
            onBatch: { batch in
                let found = try batch.rows.flatMap { row in
                    try row.discrepancies.compactMap { try classify($0, row, inventories, freshness) }
                }
                try catalog.record(found.filter { $0.kind != .stray }, replicas: catalogReplicas)
                for finding in found {
                    wrong.insert(finding.place)
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
            summary.requestCount += listing.requestCount
        }
        return wrong
    }

    /// What an earlier reading found altered, and nobody has healed, is not right because its size is.
    func countStandingDamage(
        on targets: [Int], except wrong: Set<Discrepancy.Place>, _ summary: inout VerifySummary,
        _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) throws {
        for finding in try catalog.findings() where finding.kind == .corrupt {
            guard let replica = targets.first(where: { catalogReplicas[$0].id == finding.replica }),
                !wrong.contains(Discrepancy.Place(replica: replica, key: finding.key))
            else { continue }
            summary.replicas[replica].rightCount -= 1
            summary.replicas[replica].counts[.corrupt, default: 0] += 1
            onDiscrepancy(
                Discrepancy(
                    replica: replica, key: finding.key, kind: .corrupt,
                    expectedByteCount: finding.expectedByteCount))
        }
    }
}
