internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Level `decrypt`: reads every snapshot, page and list once, from whichever replica has it right, and collects the
/// chunks they refer to.
struct ChunkGathering {
    let vault: OpenVault
    let verification: Verification
    let request: VerifyRequest
    let targets: [Int]
    let progress: RunProgress
    let onDiscrepancy: @Sendable (Discrepancy) -> Void

    /// Returns the chunks. Of what cannot be read or opened, each replica is asked by itself what is wrong with it.
    func run(_ summary: inout VerifySummary) async throws -> ReferencedChunks {
        let chunks = try ReferencedChunks(keys: vault.keys, sample: request.sample)
        for head in try vault.catalog.snapshots() {
            let key = ObjectName.snapshot(head.collection, head.id.time, head.id.digest).key
            guard try !vault.catalog.hasTombstone(key.rawValue) else { continue }
            let snapshot: Snapshot
            do {
                snapshot = try await vault.readSnapshot(head.id, of: head.collection, from: targets)
                summary.requestCount += 1
            } catch {
                try await blame(key, for: error, &summary)
                continue
            }
            for page in snapshot.pages where try chunks.meet(page: page.reference) {
                guard hasBudget(for: page.reference, &summary) else { return chunks }
                try await gather(page, into: chunks, &summary)
            }
        }
        return chunks
    }

    private func gather(
        _ page: Snapshot.PageReference, into chunks: ReferencedChunks, _ summary: inout VerifySummary
    ) async throws {
        try chunks.add([page.reference], role: .page)
        count(page.reference, &summary)
        let entries: [Entry]
        do {
            entries = try await vault.readPage(page, from: targets)
        } catch {
            return try await blame(ObjectName.metaPack(page.reference.pack).key, for: error, &summary)
        }
        for entry in entries {
            try chunks.add(entry.content, role: .content)
            for list in entry.contentLists {
                try chunks.add([list], role: .referenceList)
                count(list, &summary)
                do {
                    let sealed = try await vault.readMeta(list, role: .referenceList, from: targets)
                    try chunks.add(try Page.decodeList(sealed), role: .content)
                } catch {
                    try await blame(ObjectName.metaPack(list.pack).key, for: error, &summary)
                }
            }
        }
    }

    private func count(_ reference: Reference, _ summary: inout VerifySummary) {
        summary.requestCount += 1
        summary.bytesRead += Int(reference.length)
        progress.read(byteCount: Int(reference.length))
    }

    private func hasBudget(for reference: Reference, _ summary: inout VerifySummary) -> Bool {
        guard let budget = request.budget, summary.bytesRead + Int(reference.length) > budget else {
            return true
        }
        summary.isCut = true
        return false
    }

    /// No replica has given the object in a form that opens. What is not there, or altered, is found now if it has
    /// not been found yet; bytes that hash to the name and do not open were altered before they were stored.
    private func blame(_ key: ObjectKey, for error: any Error, _ summary: inout VerifySummary) async throws {
        try Task.checkCancellation()
        guard error is ReplicaSetError || error is VaultError else { throw error }
        let known = Set(
            try vault.catalog.findings(from: key, through: key).filter {
                $0.verification == verification.id
            }.map(\.replica))
        for replica in targets where !known.contains(vault.catalogReplicas[replica].id) {
            let object = NeededObject(key: key, byteCount: nil)
            summary.requestCount += 1
            let outcome = await vault.replicas.check(object, on: replica, isReadable: { _ in false })
            switch outcome {
            case .wrong(let discrepancy):
                summary.replicas[replica].found(discrepancy.kind, wasRight: true)
                try vault.catalog.record(
                    [discrepancy], at: verification.level, by: verification, replicas: vault.catalogReplicas)
                onDiscrepancy(discrepancy)
            case .unanswered(let error):
                summary.replicas[replica].unansweredCount += 1
                if summary.replicas[replica].failure == nil {
                    summary.replicas[replica].failure = error.reason
                }
            case .right, .notCheckable, .cold: break
            }
        }
    }
}
