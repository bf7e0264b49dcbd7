internal import Crypto
internal import Vault

/// Two snapshots, compared.
public struct SnapshotComparison: Sendable {
    public let old: FoundSnapshot
    public let new: FoundSnapshot
    public let counts: DifferenceCounts
}

extension OpenVault {
    /// What changed from one snapshot to another, which may be of another collection, in walk order.
    ///
    /// Pages that both have are not read. Nothing else than lists is fetched: contents are compared by their chunks' ids.
    ///
    /// - Throws: as `find`.
    public func compare(
        _ old: SnapshotSelection, with new: SnapshotSelection, warn: @escaping WarningHandler,
        onDifference: (Difference) -> Void
    ) async throws -> SnapshotComparison {
        let found = (old: try await find(old, warn: warn), new: try await find(new, warn: warn))
        let shared = Set(found.old.snapshot.pages.map(\.reference))
            .intersection(found.new.snapshot.pages.map(\.reference))
        var befores = entries(of: found.old, without: shared)
        var afters = entries(of: found.new, without: shared)
        var counts = DifferenceCounts()
        var (before, after) = (try await befores.next(), try await afters.next())
        while let path = [before?.path, after?.path].compactMap({ $0 }).min() {
            let pair = (before: before?.path == path ? before : nil, after: after?.path == path ? after : nil)
            if let kind = try await difference(from: pair.before, to: pair.after) {
                let difference = Difference(path, kind, before: pair.before, after: pair.after)
                counts.add(difference)
                onDifference(difference)
            }
            if pair.before != nil { before = try await befores.next() }
            if pair.after != nil { after = try await afters.next() }
        }
        counts.unchanged =
            found.new.snapshot.fileCount + found.new.snapshot.linkCount - counts.changedCount
        return SnapshotComparison(old: found.old, new: found.new, counts: counts)
    }

    private func entries(
        of found: FoundSnapshot, without shared: Set<Reference>
    ) -> SnapshotEntries {
        var snapshot = found.snapshot
        snapshot.pages.removeAll { shared.contains($0.reference) }
        return SnapshotEntries(reader: reader, snapshot: snapshot, selection: EntrySelection())
    }

    private func difference(from before: Entry?, to after: Entry?) async throws -> Difference.Kind? {
        guard let after else { return .removed }
        guard let before else { return .added }
        return Difference.kind(from: before, to: after, hasSameContent: before.hasContent(of: after))
    }
}
