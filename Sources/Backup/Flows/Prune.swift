internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Gives back the space of what was forgotten: marks packs that no snapshot needs any more, and deletes what was
    /// marked long enough ago and is still needed by nobody.
    ///
    /// Other machines may back up meanwhile. They look for tombstones after they have put a snapshot; this looks for
    /// snapshots after it has put tombstones, before it deletes: one of the two sees the other. So clocks and pauses
    /// decide nothing about what is safe. The waiting, by each provider's own clock, is there for `undelete`; until a
    /// forgotten snapshot is being deleted itself, its packs are kept as if it were there.
    ///
    /// Ended at any point, it has deleted nothing that is needed, and the next one goes on.
    ///
    /// - Throws: `PruneError`, `UnreadableSnapshotError`, `QuorumError`, `AnotherRunError`, `CatalogError`,
    ///   `CancellationError`. A replica that fails to delete is in the summary.
    public func prune(
        _ request: PruneRequest, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> PruneSummary {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        try requireAll(listing)
        try await requireAgreement(listing)
        let times =
            request.isDryRun
            ? replicas.stores.map { _ in UTCTime.now().secondsSince1970 } : try await providerTimes()

        // First look. It comes after the marks were seen everywhere: a snapshot that needs what they name, and whose
        // run did not see them, is shown by now.
        var plan = try PrunePlan(vault: self, listing: listing, times: times)
        let shown = try await snapshotsShown()
        let needs = try PackNeeds(vault: self)
        try await needs.add(plan.roots(among: shown).sorted())
        try needs.add(packs: await linkedPacks(warn: warn))
        try await plan.spare(needs, listing)
        let found = try await PruneListing(of: self, needs: needs, times: times)
        var summary = try plan.summary(found, needs)
        try catalog.record(DeadSpace(summary))
        try requireBelowLimit(request, summary)
        guard !request.isDryRun else { return summary }

        try await announce(plan.due)
        // Second look: whatever came until the markers were there is spared.
        let late = try plan.roots(among: await snapshotsShown()).subtracting(shown)
        try await needs.add(late.sorted())
        try needs.add(packs: await linkedPacks(warn: warn))
        let unneeded = try found.unneeded.keys.filter { try !isNeeded($0, needs) }
        if !unneeded.isEmpty { try await putTombstone(of: unneeded.sorted(), .marked) }
        try await delete(found.doomed, sparing: needs, times: times, &summary, progress: progress)
        try await compactInventories(listing, from: request.compactedInventories)
        return summary
    }

    /// Writes the markers that what is due is being deleted, on every replica: nothing takes that back.
    private func announce(_ due: Set<ObjectKey>) async throws {
        guard !due.isEmpty else { return }
        let takers = try await putTombstone(of: due.sorted(), .deleting)
        guard let other = replicas.stores.indices.first(where: { !takers.contains($0) }) else { return }
        throw PruneError(
            .incomplete,
            "\(replicas.names[other]) did not take the marker of what goes, and nothing was deleted",
            hint: "run it again when all providers answer")
    }

    func isNeeded(_ key: ObjectKey, _ needs: PackNeeds) throws -> Bool {
        try ObjectName(key)?.packDigest.map { try needs.isNeeded($0) } ?? false
    }

    /// The brake.
    private func requireBelowLimit(
        _ request: PruneRequest, _ summary: PruneSummary
    ) throws {
        guard !request.isDryRun else { return }
        // What no inventory names takes up space too.
        let parts = [summary.living, summary.waiting, summary.due, summary.marked, summary.stillNeeded]
        let total = max(parts.reduce(0) { $0 + $1.byteCount }, 1)
        for (what, byteCount) in [
            ("delete", summary.due.byteCount), ("mark for deletion", summary.marked.byteCount),
        ] {
            let percent = Double(byteCount) * 100 / Double(total)
            guard percent > request.maximumPercent else { continue }
            throw PruneError(
                .tooMuch,
                "it would \(what) \(byteCount) bytes, \(Int(percent.rounded(.up))) % of the vault's \(total), "
                    + "and at most \(request.maximumPercent.formatted) % may go in one run",
                hint:
                    "photobackup prune --dry-run shows what would go; if it is meant: --max-delete \(min(100, Int(percent.rounded(.up))))%"
            )
        }
    }
}

extension Double {
    /// Without a fraction where it has none.
    fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}
