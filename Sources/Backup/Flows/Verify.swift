internal import Crypto
internal import ObjectStore
public import Replicator
internal import Vault

/// How thoroughly replicas are verified.
public enum VerifyLevel: String, Sendable, CaseIterable {
    /// Names and sizes, from the listings.
    case list
    /// Every object is downloaded and its hash compared with its name.
    case read
    /// Every chunk that a snapshot refers to is opened too, and its content compared with its id.
    case decrypt
}

/// Which packs are read: all, or a part that is chosen by their names, so that other runs can take other parts.
public enum VerifySample: Sendable, Hashable {
    case all
    /// From 0 to 100.
    case percent(Double)
    /// Part `number` (from 1) of `count`.
    case part(number: Int, count: Int)

    func contains(_ digest: SHA256Digest) -> Bool {
        let value = digest.bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch self {
        case .all: return true
        case .percent(let percent): return Double(value) < percent / 100 * 0x1p32
        case .part(let number, let count): return Int(value) % count == number - 1
        }
    }
}

/// What a verification has shown.
public struct VerifySummary: Sendable {
    public struct Replica: Sendable {
        public let name: String
        /// Objects that are as they must be.
        public internal(set) var rightCount = 0
        public internal(set) var counts: [Discrepancy.Kind: Int] = [:]
        public internal(set) var healedCount = 0
        /// Why it could not be verified, or not to the end.
        public internal(set) var failure: String?
    }

    /// What must be there.
    public internal(set) var objectCount = 0
    public internal(set) var bytesRead = 0
    public internal(set) var requestCount = 0
    public internal(set) var replicas: [Replica]

    /// Something is lost or altered.
    public var isDamaged: Bool {
        replicas.contains { $0.counts.contains { $0.key.isDamage && $0.value > 0 } }
    }

    /// A replica has to catch up, or could not be asked.
    public var isBehind: Bool {
        replicas.contains { $0.failure != nil || $0.counts[.behind, default: 0] > 0 }
    }
}

extension OpenVault {
    /// Compares the replicas with what must be there, and with what their bytes say.
    ///
    /// Nothing on any replica is changed. What is wrong is delivered one by one, and remembered for `heal`.
    ///
    /// - Parameters:
    ///   - providers: the names of those to verify; all if nil.
    ///   - onDiscrepancy: called in the order of the names, list first.
    /// - Throws: `CatalogError`, `CancellationError`. A replica's failure is in the summary.
    public func verify(
        level: VerifyLevel, sample: VerifySample = .all, providers: [String]? = nil, progress: RunProgress,
        warn: @escaping WarningHandler, onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void
    ) async throws -> VerifySummary {
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
        if level == .decrypt {
            try await DecryptCheck(vault: self, sample: sample, progress: progress)
                .run(on: readable, &summary, onDiscrepancy)
        }
        for replica in readable {
            try catalog.confirmAllPacks(
                upTo: newestInventory, notFoundWrongOn: catalogReplicas[replica], verified: level.rawValue,
                at: .now())
        }
        return summary
    }

    /// Level `list`: returns what was found wrong.
    private func compareListings(
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

    /// Tells what never was there from what is there no more, and what is on its way from what is a stray.
    private func classify(
        _ found: Discrepancy, _ row: SurveyRow, _ inventories: [ObjectKey: (byteCount: Int, replicas: [Int])],
        _ freshness: Freshness
    ) throws -> Discrepancy? {
        let name = ObjectName(found.key)
        switch (found.kind, name) {
        case (.stray, .pack), (.stray, .metaPack):
            guard case .present(_, let modified) = row.listed[found.replica] else { return found }
            let isInFlight = modified > UTCTime.now().secondsSince1970 - Self.waitingSeconds
            return isInFlight ? nil : found
        case (.stray, .providers), (.stray, .record), (.stray, .grant):
            return nil
        case (.missing, .pack(let digest)), (.missing, .metaPack(let digest)):
            // A replica gets a pack before the inventory that names it.
            let inventory = try catalog.inventory(of: digest)
            let hasInventory = inventory.map { inventories[$0]?.replicas.contains(found.replica) ?? false }
            let wasThere = try catalog.wasConfirmed(found.key, by: catalogReplicas[found.replica])
            return found.with(wasThere || hasInventory ?? false ? .missing : .behind)
        case (.missing, _):
            return found.with(try freshness.kind(ofAbsent: found.key, on: found.replica))
        default: return found
        }
    }

    /// How long a pack that no inventory names may be on its way: 7 days.
    private static let waitingSeconds: Int64 = 7 * 86400

    /// What an earlier reading found altered, and nobody has healed, is not right because its size is.
    private func countStandingDamage(
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

    /// Level `read`. What an earlier reading found altered is read in any case.
    private func readObjects(
        on targets: [Int], except wrong: Set<Discrepancy.Place>, sample: VerifySample, progress: RunProgress,
        _ summary: inout VerifySummary, _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) async throws {
        var needed = NeededObjects(catalog: catalog)
        let suspects = Set(try catalog.findings().filter { $0.kind == .corrupt }.map(\.key))
        try await withThrowingTaskGroup(of: (Int, NeededObject, CheckOutcome).self) { group in
            var running = 0
            func collect() async throws {
                guard let (replica, object, outcome) = try await group.next() else { return }
                running -= 1
                try take(outcome, object, replica, progress, &summary, onDiscrepancy)
            }
            while case let batch = try needed.next(), !batch.isEmpty {
                for object in batch {
                    if let digest = ObjectName(object.key)?.packDigest, !sample.contains(digest),
                        !suspects.contains(object.key)
                    {
                        continue
                    }
                    for replica in targets
                    where summary.replicas[replica].failure == nil
                        && !wrong.contains(Discrepancy.Place(replica: replica, key: object.key))
                    {
                        while running >= 3 * targets.count { try await collect() }
                        try Task.checkCancellation()
                        group.addTask { [replicas] in
                            (replica, object, await replicas.check(object, on: replica))
                        }
                        running += 1
                    }
                }
            }
            while running > 0 { try await collect() }
        }
    }

    private func take(
        _ outcome: CheckOutcome, _ object: NeededObject, _ replica: Int, _ progress: RunProgress,
        _ summary: inout VerifySummary, _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) throws {
        summary.requestCount += 1
        switch outcome {
        case .right(let byteCount):
            summary.bytesRead += byteCount
            progress.read(byteCount: byteCount)
            progress.stored(byteCount: byteCount, on: [replica])
            try catalog.settle(object.key, byteCount: byteCount, on: catalogReplicas[replica])
        case .wrong(let discrepancy):
            summary.bytesRead += discrepancy.foundByteCount ?? 0
            summary.replicas[replica].rightCount -= 1
            summary.replicas[replica].counts[discrepancy.kind, default: 0] += 1
            try catalog.record([discrepancy], replicas: catalogReplicas)
            onDiscrepancy(discrepancy)
        case .unanswered(let error):
            summary.replicas[replica].failure = error.reason
        }
    }
}

extension Discrepancy {
    /// One object on one replica.
    struct Place: Hashable, Sendable {
        let replica: Int
        let key: ObjectKey
    }

    var place: Place { Place(replica: replica, key: key) }

    fileprivate func with(_ kind: Kind) -> Discrepancy {
        Discrepancy(
            replica: replica, key: key, kind: kind, expectedByteCount: expectedByteCount,
            foundByteCount: foundByteCount)
    }
}

extension ObjectName {
    /// The digest of a pack or meta pack; nil for everything else.
    var packDigest: SHA256Digest? {
        switch self {
        case .pack(let digest), .metaPack(let digest): digest
        default: nil
        }
    }
}
