internal import ObjectStore
internal import Replicator
internal import Vault

// Which snapshot is the newest, where several machines have made some under one name.

extension OpenVault {
    /// The snapshots in the order in which they are meant: where none is named, those of one history, newest first.
    ///
    /// - Throws: `SelectionError` where it is not clear whose is meant.
    func order(
        of matching: Set<SnapshotID>, _ selection: SnapshotSelection, _ collection: CollectionID,
        _ listing: SmallObjectListing, warn: WarningHandler
    ) async throws -> [SnapshotID] {
        let newestFirst = matching.sorted(by: >)
        guard selection.snapshot == nil, !selection.isOfAnyMachine else { return newestFirst }
        try await learnMachines(of: collection, newestFirst, listing)
        let rows = try catalog.snapshots().filter { matching.contains($0.id) }
        let whole = rows.filter { !$0.isCheckpoint }
        guard Set(rows.map(\.device)).count > 1 || selection.host != nil else { return newestFirst }
        let choice = try await lineage(of: collection).choose(
            among: Set((whole.isEmpty ? rows : whole).map(\.id)), own: device.id, host: selection.host,
            of: selection.collection)
        if let other = choice.passedBy, selection.host == nil {
            warn(
                Warning(
                    what: "snapshot \(other.id.short)",
                    why:
                        "passed over: \(other.host) made it \(other.id.time.iso8601), and this machine has one of its "
                        + "own; --host \(other.host) takes that machine's"))
        }
        // Names that are no snapshot of the vault's, and checkpoints, are for whoever reads them.
        let known = Set(whole.map(\.id))
        return choice.order + newestFirst.filter { !known.contains($0) && !choice.order.contains($0) }
    }

    /// Makes sure that the catalog knows of the snapshots of every machine. On one that has seen none of them the newest
    /// tells: it names the newest of each machine.
    private func learnMachines(
        of collection: CollectionID, _ newestFirst: [SnapshotID], _ listing: SmallObjectListing
    ) async throws {
        guard try newestFirst.contains(where: { try !catalog.hasSnapshot($0) }) else { return }
        let known = try catalog.snapshots().filter { $0.collection == collection }
        if let newest = known.last, let snapshot = try? await readSnapshot(newest.id, of: collection) {
            let told = snapshot.heads.filter { $0.collection == collection }.map(\.device)
            if Set(told + known.map(\.device)).count == 1 { return }
        }
        // Whoever is about to take one that cannot be read says why.
        try await learn(listing, warn: { _ in })
    }

    /// - Throws: `ReplicaSetError`, `CatalogError`.
    func lineage(of collection: CollectionID) async throws -> SnapshotLineage {
        var (known, unknown) = try catalog.ancestries(of: collection)
        for row in unknown {
            do {
                let ancestry = Ancestry(row.id, try await readSnapshot(row.id, of: collection))
                try catalog.recordLineage(ancestry)
                known.append(ancestry)
            } catch let error as ReplicaSetError where error.isOfBytes {
                known.append(
                    Ancestry(
                        id: row.id, device: row.device, host: row.host, parent: nil, started: row.finished))
            }
        }
        return SnapshotLineage(known)
    }

    /// What there is instead of a collection that nobody has heard of.
    func hint(forUnknown collection: String) async throws -> String {
        try await synchronise(warn: { _ in })
        return try hint(forUnlisted: collection)
    }

    /// The same, of what this machine knows already.
    func hint(forUnlisted collection: String) throws -> String {
        let names = Set(try catalog.snapshots().map(\.collectionName))
        let nearest = NearestNames.of(collection, in: Array(names))
        return nearest.isEmpty
            ? "photobackup snapshots shows what there is"
            : "did you mean \(nearest.map { "\"\($0)\"" }.joined(separator: " or "))?"
    }

    /// - Throws: `SelectionError` with the nearest names where nothing of a collection of that name is there; `VaultError`,
    ///   `CatalogError`, `ObjectStoreError` when no replica answers.
    public func requireCollection(_ name: String, warn: @escaping WarningHandler) async throws {
        guard try await snapshots(of: name, warn: warn).isEmpty else { return }
        throw SelectionError(
            description: "there is no snapshot of a collection \"\(name)\"",
            hint: try hint(forUnlisted: name))
    }
}
