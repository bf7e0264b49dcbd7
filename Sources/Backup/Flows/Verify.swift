public import Replicator
internal import Vault

extension AuditedVault {
    /// Compares the replicas with what must be there, and with what their bytes say.
    ///
    /// Nothing on any replica is changed. What is wrong is delivered one by one, and remembered for `heal`. Memory
    /// grows neither with the number of objects nor with the number of damages.
    ///
    /// - Parameters:
    ///   - onEstimate: told beforehand what it will take; only worked out if given.
    ///   - onDiscrepancy: what the listings show in the order of the names, then what the content shows, then what
    ///     earlier verifications found and this one has not looked at again.
    /// - Throws: `KeylessError` for `decrypt` without the keys, `CatalogError`, `CancellationError`. A replica's
    ///   failure is in the summary.
    public func verify(
        _ request: VerifyRequest, progress: RunProgress? = nil, warn: @escaping WarningHandler = { _ in },
        onEstimate: (@Sendable (VerifyEstimate) -> Void)? = nil,
        onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void = { _ in }
    ) async throws -> VerifySummary {
        guard request.level != .decrypt || self is OpenVault else { throw KeylessError.decrypt }
        let listing = try await synchronise(warn: warn)
        let freshness = try Freshness(catalog: catalog, replicas: catalogReplicas, listing: listing)
        let progress = progress ?? RunProgress(replicaCount: replicas.stores.count)
        let targets = targets(of: request)
        let verification = try catalog.beginVerification(request.level, at: .now())
        if let onEstimate { onEstimate(try estimate(request, verification)) }

        var summary = VerifySummary(replicas: replicas.names.map { VerifySummary.Replica(name: $0) })
        for replica in targets { summary.replicas[replica].isTarget = true }
        let newestInventory = try catalog.newestInventory()
        try await compareListings(
            of: targets, mayBeAway: request.providers == nil, for: verification, freshness, &summary,
            onDiscrepancy)
        let listed = targets.filter { summary.replicas[$0].failure == nil }
        if request.level > .list {
            try await checkContent(
                on: listed, for: verification, request, progress: progress, warn: warn, &summary,
                onDiscrepancy)
        }
        try countStandingDamage(on: targets, before: verification, &summary, onDiscrepancy)
        try await noteExpiries(listing.failures, isAsking: true)
        for replica in targets {
            summary.replicas[replica].expiry = try catalog.announcedExpiry(
                at: catalogReplicas[replica].location)
        }

        for replica in listed.map({ catalogReplicas[$0] }) {
            try catalog.confirmAllPacks(upTo: newestInventory, notFoundWrongOn: replica, at: .now())
            try catalog.recordWholeListing(of: replica, by: verification)
            if request.level > .list { try catalog.recordCoverage(of: replica, by: verification) }
        }
        if request.level.reads { try catalog.recordReadBack(of: catalogReplicas, at: .now()) }
        return summary
    }

    /// What such a verification would take; nothing but small listings is asked of the replicas.
    public func estimateVerification(
        _ request: VerifyRequest, warn: @escaping WarningHandler
    ) async throws -> VerifyEstimate {
        try await synchronise(warn: warn)
        return try estimate(
            request, Verification(id: .max, level: request.level, started: .now()))
    }

    /// The places of the replicas that are to be verified.
    func targets(of request: VerifyRequest) -> [Int] {
        replicas.stores.indices.filter { request.providers?.contains(replicas.names[$0]) ?? true }
    }

    private func checkContent(
        on targets: [Int], for verification: Verification, _ request: VerifyRequest, progress: RunProgress,
        warn: WarningHandler, _ summary: inout VerifySummary,
        _ onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void
    ) async throws {
        guard !targets.isEmpty else { return }
        if request.readsReadme {
            try await checkReadme(on: targets, for: verification, &summary, onDiscrepancy)
        }
        var chunks: ReferencedChunks?
        if request.level == .decrypt, let vault = self as? OpenVault {
            chunks = try await ChunkGathering(
                vault: vault, verification: verification, request: request, targets: targets,
                progress: progress, onDiscrepancy: onDiscrepancy
            ).run(&summary)
        }
        if !summary.isCut {
            try await ContentCheck(
                vault: self, verification: verification, request: request, chunks: chunks, progress: progress,
                onDiscrepancy: onDiscrepancy
            ).run(on: targets, &summary)
        }
        let isIdle = targets.allSatisfy { summary.replicas[$0].checkedCount == 0 }
        if summary.isCut, isIdle, !summary.isDamaged {
            warn(
                Warning(
                    what: "budget", why: "it was used up before the first object was checked; give more bytes"
                ))
        }
    }
}
