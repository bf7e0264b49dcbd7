internal import Crypto
internal import Replicator
internal import Vault

extension AuditedVault {
    /// Level `read`. What an earlier reading found altered is read in any case.
    func readObjects(
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
