public import Replicator

extension AuditedVault {
    /// Compares the replicas with what must be there, and with what their bytes say.
    ///
    /// Nothing on any replica is changed. What is wrong is delivered one by one, and remembered for `heal`.
    ///
    /// - Parameters:
    ///   - providers: the names of those to verify; all if nil.
    ///   - onDiscrepancy: called in the order of the names, list first.
    /// - Throws: `KeylessError` for `decrypt` without the keys, `CatalogError`, `CancellationError`. A replica's failure is in the summary.
    public func verify(
        level: VerifyLevel, sample: VerifySample = .all, providers: [String]? = nil, progress: RunProgress,
        warn: @escaping WarningHandler, onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void
    ) async throws -> VerifySummary {
        let opened = self as? OpenVault
        guard level != .decrypt || opened != nil else { throw KeylessError.decrypt }
        let listing = try await synchronise(warn: warn)
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let targets = replicas.stores.indices.filter { providers?.contains(replicas.names[$0]) ?? true }
        var summary = VerifySummary(replicas: replicas.names.map { VerifySummary.Replica(name: $0) })
        let newestInventory = try catalog.newestInventory()
        let wrong = try await compareListings(targets, freshness, &summary, onDiscrepancy)
        let readable = targets.filter { summary.replicas[$0].failure == nil }
        if level == .list {
            try countStandingDamage(on: readable, except: wrong, &summary, onDiscrepancy)
        } else {
            try await readObjects(
                on: readable, except: wrong, sample: sample, progress: progress, &summary, onDiscrepancy)
        }
        if level == .decrypt, let opened {
            try await DecryptCheck(vault: opened, sample: sample, progress: progress)
                .run(on: readable, &summary, onDiscrepancy)
        }
        for replica in readable {
            try catalog.confirmAllPacks(
                upTo: newestInventory, notFoundWrongOn: catalogReplicas[replica], verified: level.rawValue,
                at: .now())
        }
        return summary
    }
}
