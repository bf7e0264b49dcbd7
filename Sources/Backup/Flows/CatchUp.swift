internal import ObjectStore
internal import Replicator
internal import Vault

/// Copies to replicas what they miss, in the order in which a replica is committed: what opens things, packs, the
/// inventories that name them, snapshots; of each kind the oldest first.
///
/// What is copied has the bytes of its name; what has a tombstone is not revived, and what nothing signed names is
/// not spread. A replica gets an inventory when it has the packs in it, and a snapshot when it has all that the
/// snapshot needs; packs that no replica has any more hold up nothing that does not need them.
///
/// Ended at any point, it has lost nothing: each object counts as soon as it is there. Memory: three objects.
struct CatchUp {
    private static let copiesAtOnce = 3
    private static let batchCount = 256

    let vault: AuditedVault
    let scope: MissingScope
    /// Told of each object that a replica has got, and what was found wrong with it before.
    let onCopied: (_ object: NeededObject, _ replica: Int, _ was: Discrepancy.Kind?) -> Void
    /// Told of what is found wrong on the way, on a replica that was to be read.
    let onDiscrepancy: (Discrepancy) -> Void
    /// Told of an object that no replica could deliver.
    let onUnprovable: (ReplicaSetError) -> Void

    /// What became of each replica's part.
    struct Outcome {
        /// The first failure of each replica that did not take everything.
        var failures: [Int: ObjectStoreError] = [:]
        /// Small objects that no replica has right: they hold up nothing.
        fileprivate var unprovable: Set<ObjectKey> = []
    }

    /// - Throws: `CatalogError`, `CancellationError`. A replica's failure is in the outcome.
    func run(on targets: [Int]) async throws -> Outcome {
        var outcome = Outcome()
        for prefix in ObjectName.openerPrefixes {
            try await copySmall(prefix, on: targets, &outcome) { _, _ in true }
        }
        for isMeta in [true, false] { try await copyPacks(isMeta: isMeta, on: targets, &outcome) }

        let open = try targets.filter { replica in
            try ObjectName.openerPrefixes.allSatisfy { try !lacks($0, replica, outcome) }
        }
        try await copyInventories(on: open, &outcome)
        let lost = try vault.catalog.lostPacks(vault.catalogReplicas)
        let named = try open.filter { replica in
            try !lacks(ObjectName.inventoryPrefix, replica, outcome)
                && !vault.catalog.lacksPacksOfOthers(vault.catalogReplicas[replica], lost: lost)
        }
        let isAnyLost = try vault.catalog.count(lost) > 0 || vault.catalog.isAnyInventoryLost()
        try await copySnapshots(on: named, isAnyLost: isAnyLost, &outcome)
        return outcome
    }

    /// Copies the inventories alone that replicas miss though they have the packs in them.
    func runInventories(on targets: [Int]) async throws -> Outcome {
        var outcome = Outcome()
        try await copyInventories(on: targets, &outcome)
        return outcome
    }

    private func copyInventories(on targets: [Int], _ outcome: inout Outcome) async throws {
        let lost = try vault.catalog.lostPacks(vault.catalogReplicas)
        try await copySmall(ObjectName.inventoryPrefix, on: targets, &outcome) { inventory, replica in
            try vault.catalog.hasPacks(of: inventory, vault.catalogReplicas[replica], lost: lost)
        }
    }

    private func copyPacks(isMeta: Bool, on targets: [Int], _ outcome: inout Outcome) async throws {
        let mask = vault.bits(targets)
        var place = MissingObject.PackPlace()
        try await copyAll(&outcome) {
            let batch = try vault.catalog.missingPacks(
                isMeta: isMeta, on: mask, scope, after: place, limit: Self.batchCount)
            if let last = batch.last { place = last.place }
            return batch.map { Copy(object: $0.object, targets: replicas($0.lackedBy)) }
        }
    }

    private func copySmall(
        _ prefix: String, on targets: [Int], _ outcome: inout Outcome,
        where isDue: @escaping (ObjectKey, Int) async throws -> Bool
    ) async throws {
        let mask = vault.bits(targets)
        var name = ""
        try await copyAll(&outcome) {
            var due: [Copy] = []
            while due.isEmpty {
                let batch = try vault.catalog.missingObjects(
                    prefix: prefix, on: mask, scope, after: name, limit: Self.batchCount)
                guard let last = batch.last else { break }
                name = last.object.key.rawValue
                for missing in batch {
                    var copy = Copy(object: missing.object, targets: [])
                    for replica in replicas(missing.lackedBy) where try await isDue(copy.object.key, replica)
                    {
                        copy.targets.append(replica)
                    }
                    if !copy.targets.isEmpty { due.append(copy) }
                }
            }
            return due
        }
    }

    /// Snapshots need a closer look where some packs are lost, or the inventory that names them: one that needs none of
    /// them is whole.
    private func copySnapshots(on targets: [Int], isAnyLost: Bool, _ outcome: inout Outcome) async throws {
        // Which packs a snapshot needs is for those to tell who can open it.
        let needs = (vault as? OpenVault).map(SnapshotNeeds.init)
        for collection in try vault.catalog.snapshotCollections() {
            let prefix = "\(ObjectName.snapshotsPrefix)\(collection)/"
            try await copySmall(prefix, on: targets, &outcome) { snapshot, replica in
                guard isAnyLost else { return true }
                return try await needs?.areMet(of: snapshot, by: replica) ?? false
            }
        }
    }

    /// Whether the replica misses anything under the prefix that another one has.
    private func lacks(_ prefix: String, _ replica: Int, _ outcome: Outcome) throws -> Bool {
        var name = ""
        while true {
            let batch = try vault.catalog.missingObjects(
                prefix: prefix, on: vault.bits([replica]), .everything, after: name, limit: Self.batchCount)
            guard let last = batch.last else { return false }
            if batch.contains(where: { !outcome.unprovable.contains($0.object.key) }) { return true }
            name = last.object.key.rawValue
        }
    }

    private func replicas(_ bits: Int64) -> [Int] {
        vault.catalogReplicas.indices.filter { vault.catalogReplicas[$0].bit & bits != 0 }
    }

    // MARK: - Copying

    private struct Copy: Sendable {
        let object: NeededObject
        var targets: [Int]
    }

    private func copyAll(_ outcome: inout Outcome, _ next: () async throws -> [Copy]) async throws {
        // What a replica lost, or has not right, is sent without asking.
        let absence = scope == .neverHad ? AbsenceLook(vault.replicas) : nil
        try await withThrowingTaskGroup(of: (Copy, CopyOutcome).self) { group in
            var running = 0
            func collect() async throws {
                guard let (copy, result) = try await group.next() else { return }
                running -= 1
                try take(result, copy, &outcome)
            }
            while case let batch = try await next(), !batch.isEmpty {
                for copy in batch {
                    while running >= Self.copiesAtOnce { try await collect() }
                    try Task.checkCancellation()
                    group.addTask { [replicas = vault.replicas, cheap = vault.cheapReplicas] in
                        (copy, await replicas.give(copy.object, to: copy.targets, preferring: cheap, absence))
                    }
                    running += 1
                }
                // What a batch has changed may decide what is due next.
                while running > 0 { try await collect() }
            }
        }
    }

    private func take(_ result: CopyOutcome, _ copy: Copy, _ outcome: inout Outcome) throws {
        let key = copy.object.key
        switch result {
        case .unprovable(let error):
            if error.code == .cancelled { throw CancellationError() }
            for found in try vault.noteWrong(error, byteCount: copy.object.byteCount) { onDiscrepancy(found) }
            if ObjectName(key)?.packDigest == nil, error.isOfBytes { outcome.unprovable.insert(key) }
            onUnprovable(error)
        case .proved(let answers):
            for answer in answers {
                if let error = answer.error {
                    if error.code == .cancelled { throw CancellationError() }
                    if outcome.failures[answer.replica] == nil { outcome.failures[answer.replica] = error }
                    continue
                }
                let was = try vault.catalog.settle(
                    key, byteCount: copy.object.byteCount ?? 0, on: vault.catalogReplicas[answer.replica])
                onCopied(copy.object, answer.replica, was)
            }
        }
    }
}

extension AuditedVault {
    /// What copies to replicas what they miss, and tells nobody but `progress`.
    func catchUp(_ scope: MissingScope, progress: RunProgress? = nil) -> CatchUp {
        CatchUp(
            vault: self, scope: scope,
            onCopied: { object, replica, _ in
                progress?.stored(byteCount: object.byteCount ?? 0, on: [replica])
            }, onDiscrepancy: { _ in }, onUnprovable: { _ in })
    }

    /// Gives every replica that answers what it never had, without looking at any source.
    ///
    /// - Returns: how each replica stands then.
    /// - Throws: `AnotherRunError`, `CatalogError`, `CancellationError`; what was copied by then counts.
    public func catchUp(
        refill: RefillRule = .unasked, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> [ReplicaStanding] {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        try await settlePlaces(listing, warn: warn)
        _ = try lookAtEmptyReplicas(listing, refill, warn: warn)
        let failures = try await catchUpReachable(
            listing.failures, new: listing.newReplicas, progress: progress)
        try await noteExpiries(listing.failures, isAsking: false)
        return try noteStandings(unreachable: listing.failures, failures: failures)
    }

    /// Gives the replicas that answered what they never had; returns what went wrong.
    ///
    /// - Parameters:
    ///   - new: those that had nothing yet.
    ///   - refilled: those that get what they lost, too.
    func catchUpReachable(
        _ unreachable: [ObjectStoreError?], new: [Int], refilling refilled: [Int] = [], progress: RunProgress?
    ) async throws -> [Int: ObjectStoreError] {
        let closures = Dictionary(
            uniqueKeysWithValues: catalogReplicas.indices.compactMap { index in
                replicas.closure(of: index).map { (index, $0) }
            })
        let targets = try catalogReplicas.indices.filter {
            try unreachable[$0] == nil && closures[$0] == nil
                && !catalog.backlog(of: catalogReplicas[$0]).isEmpty
        }
        guard !targets.isEmpty else { return closures }
        var failures = try await catchUp(.neverHad, progress: progress).run(on: targets).failures
        let emptied = targets.filter(refilled.contains)
        if !emptied.isEmpty {
            failures.merge(
                try await catchUp(.everything, progress: progress).run(on: emptied).failures
            ) { first, _ in first }
        }
        failures.merge(closures) { first, _ in first }
        await giveReadme(to: new.filter { unreachable[$0] == nil && failures[$0] == nil })
        return failures
    }

    /// Looks once more at replicas that did not answer before; returns those that still do not.
    func lookAgain(
        _ unreachable: [ObjectStoreError?], warn: @escaping WarningHandler
    ) async throws -> [ObjectStoreError?] {
        let missed = unreachable.indices.filter { unreachable[$0] != nil }
        guard !missed.isEmpty else { return unreachable }
        return try await synchronise(ObjectName.backupPrefixes, on: missed, warn: warn).failures
    }

    /// Replicas that cost nothing to read: directories.
    var cheapReplicas: Set<Int> {
        Set(catalogReplicas.indices.filter { catalogReplicas[$0].location.hasPrefix("file:") })
    }
}

extension ObjectName {
    /// The folders of what opens and explains everything else: a replica gets it first.
    static let openerPrefixes = [
        keyringPrefix, providersPrefix, collectionsPrefix, tombstonesPrefix, recordsPrefix, grantsPrefix,
    ]
}
