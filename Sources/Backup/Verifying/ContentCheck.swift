internal import ObjectStore
internal import Replicator
internal import Vault

/// The levels above `list`: looks at the content of objects on each replica by itself, a few at a time.
///
/// What it has found is in the catalog a few objects later, so that a run that is ended loses little, and nowhere
/// in memory.
struct ContentCheck {
    let vault: AuditedVault
    let verification: Verification
    let request: VerifyRequest
    /// At level `decrypt`: the chunks that are to be opened.
    let chunks: ReferencedChunks?
    let progress: RunProgress
    let onDiscrepancy: @Sendable (Discrepancy) -> Void

    private static let requestsAReplica = 2
    /// How many results may be lost when the run is ended.
    private static let ledgerCount = 32

    private struct Ledger {
        var checks: [Catalog.Check] = []
        var findings: [Discrepancy] = []
    }

    private typealias Outcome = (item: CheckQueue.Item, outcome: CheckOutcome)

    func run(on targets: [Int], _ summary: inout VerifySummary) async throws {
        var queue = CheckQueue(
            vault: vault, verification: verification, request: request, targets: targets)
        var ledger = Ledger()
        var stopped: Set<Int> = []
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var running = 0
            var begunByteCount = summary.bytesRead
            func collect() async throws {
                guard let result = try await group.next() else { return }
                running -= 1
                if take(result, &ledger, &summary) { stopped.insert(result.item.replica) }
                if ledger.checks.count >= Self.ledgerCount { try write(&ledger) }
            }
            queue: while case let batch = try queue.next(), !batch.isEmpty {
                for item in batch {
                    while running >= Self.requestsAReplica * targets.count { try await collect() }
                    try Task.checkCancellation()
                    guard !stopped.contains(item.replica) else {
                        summary.replicas[item.replica].unansweredCount += 1
                        continue
                    }
                    let byteCount = request.level.reads ? item.object.byteCount ?? 0 : 0
                    if let budget = request.budget, begunByteCount + byteCount > budget {
                        summary.isCut = true
                        break queue
                    }
                    begunByteCount += byteCount
                    group.addTask { (item, try await check(item)) }
                    running += 1
                }
            }
            while running > 0 { try await collect() }
        }
        try write(&ledger)
        // What a cancelled request has not answered says nothing about the replica.
        try Task.checkCancellation()
    }

    private func check(_ item: CheckQueue.Item) async throws -> CheckOutcome {
        guard request.level.reads else {
            return await vault.replicas.checkStoredChecksum(item.object, on: item.replica)
        }
        guard let chunks, let digest = ObjectName(item.object.key)?.packDigest else {
            return await vault.replicas.check(item.object, on: item.replica)
        }
        let pack = try chunks.chunks(in: digest)
        return await vault.replicas.check(item.object, on: item.replica, isReadable: pack.open)
    }

    /// - Returns: whether the replica is to be left alone from now on.
    private func take(_ result: Outcome, _ ledger: inout Ledger, _ summary: inout VerifySummary) -> Bool {
        let (key, replica) = (result.item.object.key, result.item.replica)
        summary.requestCount += 1
        switch result.outcome {
        case .right(let byteCount):
            summary.bytesRead += byteCount
            summary.replicas[replica].checkedCount += 1
            progress.read(byteCount: byteCount)
            progress.stored(byteCount: byteCount, on: [replica])
            ledger.checks.append(Catalog.Check(replica: replica, key: key, isRight: true))
        case .wrong(let discrepancy):
            summary.bytesRead += request.level.reads ? discrepancy.foundByteCount ?? 0 : 0
            summary.replicas[replica].found(discrepancy.kind, wasRight: true)
            ledger.findings.append(discrepancy)
            ledger.checks.append(Catalog.Check(replica: replica, key: key, isRight: false))
            onDiscrepancy(discrepancy)
        case .notCheckable:
            summary.replicas[replica].notCheckableCount += 1
        case .cold:
            summary.replicas[replica].coldCount += 1
        case .unanswered(let error):
            summary.replicas[replica].unansweredCount += 1
            if summary.replicas[replica].failure == nil {
                summary.replicas[replica].failure = error.reason
                summary.replicas[replica].hint = error.hint
            }
            return error.code.concernsWholeReplica
        }
        progress.ended(files: 1)
        return false
    }

    private func write(_ ledger: inout Ledger) throws {
        try vault.catalog.record(
            ledger.findings, at: verification.level, by: verification, replicas: vault.catalogReplicas)
        try vault.catalog.recordChecked(ledger.checks, by: verification, replicas: vault.catalogReplicas)
        ledger = Ledger()
    }
}
