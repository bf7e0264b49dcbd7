internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    private static let deletionsAtOnce = 8
    /// What is noted in the catalog at once.
    private static let deletionBatch = 256

    /// Deletes on every replica what is being deleted and needed by nobody: snapshots first, so that none is there
    /// whose packs are gone. One replica's failure ends its own part alone.
    ///
    /// - Parameter doomed: by replica, what has a tombstone and is there.
    func delete(
        _ doomed: [[ObjectInfo]], sparing needs: PackNeeds, times: [Int64], _ summary: inout PruneSummary,
        progress: RunProgress
    ) async throws {
        for replica in replicas.stores.indices {
            let due = try doomed[replica].filter { object in
                guard try catalog.tombstone(of: object.key)?.isDeleting ?? false else { return false }
                return try !isNeeded(object.key, needs)
            }
            let snapshots = due.filter { $0.key.rawValue.hasPrefix(ObjectName.snapshotsPrefix) }
            let others = due.filter { !$0.key.rawValue.hasPrefix(ObjectName.snapshotsPrefix) }
            for part in [snapshots, others] where summary.replicas[replica].failure == nil {
                try await delete(part, on: replica, now: times[replica], &summary.replicas[replica], progress)
            }
        }
    }

    private func delete(
        _ objects: [ObjectInfo], on replica: Int, now: Int64, _ outcome: inout PruneSummary.Replica,
        _ progress: RunProgress
    ) async throws {
        let store = replicas.stores[replica]
        let days = Int64((store as? any PrunableStore)?.minimumStorageDays ?? 0)
        for start in stride(from: 0, to: objects.count, by: Self.deletionBatch) {
            let batch = objects[start..<min(start + Self.deletionBatch, objects.count)]
            let due = batch.filter { $0.modified <= now - days * 86400 || days == 0 }
            for object in batch where days > 0 && object.modified > now - days * 86400 {
                outcome.tooYoung.add(object.byteCount)
            }
            let answers = await Self.delete(due, in: store)
            var gone: [ObjectKey] = []
            for (object, answer) in answers {
                switch answer {
                case .success(.deleted):
                    outcome.deleted.add(object.byteCount)
                    gone.append(object.key)
                case .success(.locked): outcome.locked.add(object.byteCount)
                case .failure(let error): if outcome.failure == nil { outcome.failure = error.reason }
                }
            }
            try catalog.recordDeleted(gone, on: catalogReplicas[replica])
            progress.ended(files: gone.count)
            try Task.checkCancellation()
            if outcome.failure != nil { return }
        }
    }

    private static func delete(
        _ objects: [ObjectInfo], in store: any ObjectStore
    ) async -> [(ObjectInfo, Result<Deletion, ObjectStoreError>)] {
        await withTaskGroup(of: (ObjectInfo, Result<Deletion, ObjectStoreError>).self) { group in
            var answers: [(ObjectInfo, Result<Deletion, ObjectStoreError>)] = []
            for (place, object) in objects.enumerated() {
                if place >= deletionsAtOnce, let answer = await group.next() { answers.append(answer) }
                group.addTask {
                    do throws(ObjectStoreError) {
                        if let store = store as? any PrunableStore {
                            return (object, .success(try await store.deleteForGood(object.key)))
                        }
                        try await store.delete(object.key)
                        return (object, .success(.deleted))
                    } catch {
                        return (object, .failure(error))
                    }
                }
            }
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
