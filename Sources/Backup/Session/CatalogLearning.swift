internal import Replicator
internal import Vault

// Fills the catalog with content that is in the vault and need not be stored again.

extension OpenVault {
    /// Learns the content of the newest snapshots of other machines, or of all when the catalog is new.
    func learnHeads(warn: WarningHandler) async throws {
        for head in try catalog.heads() where !head.isLearned {
            do {
                let snapshot = try await readSnapshot(head.id, of: head.collection)
                for page in snapshot.pages where try !catalog.hasLearned(page.reference) {
                    do {
                        let entries = try await readPage(page)
                        try await learnChunks(of: entries, page: page.reference)
                    } catch let error as ReplicaSetError where error.isOfBytes {
                        // Nobody will ever learn it; the rest of the snapshot is worth it all the same.
                        try noteWrong(error, byteCount: nil)
                    }
                }
                try catalog.markLearned(head.id)
            } catch let error as ReplicaSetError where error.code != .cancelled {
                // Its content may be stored a second time; nothing is lost by that.
                warn(
                    Warning(
                        what: "snapshot \(head.id.short) of \(head.collectionName)",
                        why: "cannot be read: \(error)"))
            }
        }
    }

    private func learnChunks(of entries: [Entry], page: Reference) async throws {
        var chunks: [Reference] = []
        for entry in entries { chunks += try await references(of: entry) }
        try catalog.learn(chunks, page: page, keys: keys)
    }

    /// Writes down that replicas which were taken to have an object have it not, or not right, so that nobody
    /// relies on them.
    ///
    /// - Returns: what is found wrong.
    @discardableResult
    func noteWrong(_ error: ReplicaSetError, byteCount: Int?) throws -> [Discrepancy] {
        let isPack = ObjectName(error.key)?.packDigest != nil
        let found = try error.failures.compactMap { failure -> Discrepancy? in
            let kind: Discrepancy.Kind
            switch failure.error.code {
            case .damaged: kind = .corrupt
            case .notFound: kind = isPack ? .missing : .stale
            default: return nil
            }
            guard try catalog.isConfirmed(error.key, by: catalogReplicas[failure.replica]) else { return nil }
            return Discrepancy(
                replica: failure.replica, key: error.key, kind: kind, expectedByteCount: byteCount)
        }
        try catalog.record(found, replicas: catalogReplicas)
        return found
    }
}
