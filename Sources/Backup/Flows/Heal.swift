internal import Crypto
internal import ObjectStore
public import Replicator
internal import Vault

extension AuditedVault {
    /// Puts right what a verification at `level` and the ones before it found: copies ciphertext from a replica
    /// whose bytes hash to the name, in the order in which a replica is committed.
    ///
    /// Nothing is ever deleted, nothing that has a tombstone is revived, and what no inventory or signed object
    /// names is not spread.
    ///
    /// - Parameters:
    ///   - providers: the names of those to put right; all if nil.
    ///   - onUnprovable: told of an object that no replica has right any more.
    /// - Returns: the verification's summary, with what is left after healing.
    public func heal(
        level: VerifyLevel, providers: [String]? = nil, isDryRun: Bool = false, progress: RunProgress,
        warn: @escaping WarningHandler,
        onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void,
        onUnprovable: @escaping @Sendable (ReplicaSetError) -> Void
    ) async throws -> VerifySummary {
        var summary = try await verify(
            VerifyRequest(level: level, providers: providers), progress: progress, warn: warn,
            onDiscrepancy: onDiscrepancy)
        guard !isDryRun else { return summary }
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let targets = Set(
            replicas.stores.indices.filter { providers?.contains(replicas.names[$0]) ?? true })
        try await healReadme(on: targets, &summary)
        for step in HealStep.allCases {
            try await heal(step, on: targets, progress: progress, &summary, onUnprovable)
        }
        return summary
    }

    /// README.txt is the one object without a hash in its name; it is written anew.
    private func healReadme(on chosen: Set<Int>, _ summary: inout VerifySummary) async throws {
        let findings = try catalog.findings().filter { $0.key == .readme }
        let targets = findings.compactMap { index(ofBit: $0.replica) }.filter(chosen.contains)
        guard !targets.isEmpty else { return }
        let text = Array(Readme.text(vault: id).utf8)
        let outcomes = await replicas.put(.readme, ObjectBytes(text), sha256: SHA256.hash(text), to: targets)
        for outcome in outcomes where outcome.isStored {
            let kind = findings.first { $0.replica == catalogReplicas[outcome.replica].id }?.kind ?? .missing
            try settled(.readme, byteCount: text.count, on: outcome.replica, was: kind, &summary)
        }
    }

    private func heal(
        _ step: HealStep, on targets: Set<Int>, progress: RunProgress, _ summary: inout VerifySummary,
        _ onUnprovable: @Sendable (ReplicaSetError) -> Void
    ) async throws {
        let work = try healWork(step, on: targets)
        try await withThrowingTaskGroup(of: (HealItem, CopyOutcome).self) { group in
            var running = 0
            func collect() async throws {
                guard let (item, outcome) = try await group.next() else { return }
                running -= 1
                try take(outcome, item, progress, &summary, onUnprovable)
            }
            for item in work {
                while running >= 3 { try await collect() }
                try Task.checkCancellation()
                group.addTask { [replicas] in
                    (item, await replicas.copy(item.object, to: item.targets))
                }
                running += 1
            }
            while running > 0 { try await collect() }
        }
    }

    private func take(
        _ outcome: CopyOutcome, _ item: HealItem, _ progress: RunProgress, _ summary: inout VerifySummary,
        _ onUnprovable: @Sendable (ReplicaSetError) -> Void
    ) throws {
        switch outcome {
        case .unprovable(let error):
            if error.code == .cancelled { throw CancellationError() }
            onUnprovable(error)
        case .proved(let outcomes):
            for outcome in outcomes {
                if let error = outcome.error {
                    summary.replicas[outcome.replica].failure = error.reason
                    continue
                }
                let byteCount = item.object.byteCount ?? 0
                progress.stored(byteCount: byteCount, on: [outcome.replica])
                progress.ended(files: 1)
                try settled(
                    item.object.key, byteCount: byteCount, on: outcome.replica,
                    was: item.kinds[outcome.replica] ?? .missing, &summary)
            }
        }
    }

    private func settled(
        _ key: ObjectKey, byteCount: Int, on replica: Int, was kind: Discrepancy.Kind,
        _ summary: inout VerifySummary
    ) throws {
        try catalog.settle(key, byteCount: byteCount, on: catalogReplicas[replica])
        summary.replicas[replica].healedCount += 1
        summary.replicas[replica].rightCount += 1
        let left = summary.replicas[replica].counts[kind, default: 0] - 1
        summary.replicas[replica].counts[kind] = max(0, left)
    }

    /// What is to be copied in one step, and where to. A replica gets inventories only when it has every pack
    /// that an inventory names and all that opens them, and snapshots only when it has the inventories too.
    private func healWork(_ step: HealStep, on targets: Set<Int>) throws -> [HealItem] {
        var items: [ObjectKey: HealItem] = [:]
        let findings = try catalog.findings().filter { try !catalog.hasTombstone($0.key.rawValue) }
        let unready = try replicasUnready(for: step, findings)
        for finding in findings where step.contains(ObjectName(finding.key)) {
            guard let replica = index(ofBit: finding.replica), targets.contains(replica),
                !unready.contains(replica)
            else { continue }
            let object = NeededObject(key: finding.key, byteCount: finding.expectedByteCount)
            items[finding.key, default: HealItem(object: object)].add(replica, finding.kind)
        }
        return items.values.sorted { $0.object.key < $1.object.key }
    }

    private func replicasUnready(for step: HealStep, _ findings: [CatalogFinding]) throws -> Set<Int> {
        guard step.followsPacks else { return [] }
        var unready = Set(
            try replicas.stores.indices.filter { try catalog.packsMissing(on: catalogReplicas[$0]).count > 0 }
        )
        for finding in findings where step.follows(ObjectName(finding.key)) {
            if let replica = index(ofBit: finding.replica) { unready.insert(replica) }
        }
        return unready
    }

    private func index(ofBit id: Int) -> Int? { catalogReplicas.firstIndex { $0.id == id } }
}

/// One object that is to be put right.
private struct HealItem: Sendable {
    let object: NeededObject
    var targets: [Int] = []
    var kinds: [Int: Discrepancy.Kind] = [:]

    mutating func add(_ replica: Int, _ kind: Discrepancy.Kind) {
        targets.append(replica)
        kinds[replica] = kind
    }
}

/// The order in which a replica is filled.
private enum HealStep: CaseIterable {
    case openers, metaPacks, packs, inventories, snapshots

    func contains(_ name: ObjectName?) -> Bool {
        switch (self, name) {
        case (.openers, .keyring), (.openers, .collection), (.openers, .tombstone), (.metaPacks, .metaPack),
            (.packs, .pack), (.inventories, .inventory), (.snapshots, .snapshot):
            true
        default: false
        }
    }

    var followsPacks: Bool { self == .inventories || self == .snapshots }

    /// Whether the object is put in an earlier step.
    func follows(_ name: ObjectName?) -> Bool {
        Self.allCases.prefix { $0 != self }.contains { $0.contains(name) }
    }
}
