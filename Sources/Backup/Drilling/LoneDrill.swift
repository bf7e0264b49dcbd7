internal import Foundation
internal import ObjectStore
internal import Replicator
internal import Synchronization
internal import Vault

/// A drill at one provider, whose vault was opened from nothing.
struct LoneDrill {
    let vault: OpenVault
    let provider: String
    let request: DrillRequest
    let progress: RunProgress

    /// - Throws: `ObjectStoreError` when the provider does not answer; `CancellationError`, `RestoreError`.
    func run() async throws -> ReplicaDrill {
        var (snapshots, failures) = try await newestSnapshots()
        var sample = DrillSample(of: snapshots)
        try await sample.choose(request, with: vault.reader)
        failures += sample.failures
        var drill = ReplicaDrill(provider, .proved)
        for part in sample.parts where !part.entries.isEmpty {
            failures += try await restore(part, &drill)
        }
        if !failures.isEmpty {
            drill.outcome = .failed(failures)
        } else if drill.filesRestored == 0 {
            drill.outcome = .nothing(
                snapshots.isEmpty ? "it has no snapshot yet" : "it has no file that can be read now")
        }
        return drill
    }

    /// The newest snapshot of each collection that the provider shows, and what is wrong with newer ones.
    private func newestSnapshots() async throws -> ([FoundSnapshot], failures: [String]) {
        let listing = await vault.replicas.listSmallObjects([ObjectName.snapshotsPrefix])
        if let failure = listing.failures[0] { throw failure }
        let shown = (listing.objects[0] ?? []).compactMap { object -> (CollectionID, SnapshotID)? in
            guard case .snapshot(let collection, let time, let digest) = ObjectName(object.key) else {
                return nil
            }
            return (collection, SnapshotID(time: time, digest: digest))
        }
        var (found, failures): ([FoundSnapshot], [String]) = ([], [])
        for (collection, ids) in Dictionary(grouping: shown, by: \.0) {
            for id in ids.map(\.1).sorted(by: >) {
                do {
                    let snapshot = try await vault.readSnapshot(id, of: collection)
                    if snapshot.isCheckpoint, ids.count > 1 { continue }
                    found.append(FoundSnapshot(id: id, snapshot: snapshot, passedOver: []))
                    break
                } catch {
                    try Task.checkCancellation()
                    failures.append("snapshot \(id.short): \(error)")
                }
            }
        }
        return (found.sorted { $0.snapshot.collectionName < $1.snapshot.collectionName }, failures)
    }

    /// Restores the chosen files of a snapshot, and returns what did not come back.
    private func restore(_ part: DrillSample.Part, _ drill: inout ReplicaDrill) async throws -> [String] {
        let snapshot = part.found.snapshot
        let destination = "\(request.folder)/\(part.found.id)"
        let failures = Mutex<[String]>([])
        var restore = RestoreRequest(
            snapshot: SnapshotSelection(collection: snapshot.collectionName),
            entries: EntrySelection(paths: part.entries.map(\.path)), destination: destination)
        restore.postponesCold = true
        let counts = try await vault.reader.restore(
            part.found, restore, progress: progress,
            notify: { notice in
                guard case .failed(let path, let reason) = notice else { return }
                failures.withLock { $0.append("\(displayed(path.bytes)): \(reason)") }
            })
        drill.filesRestored += counts.filesRestored
        drill.bytesRestored += counts.bytesWritten
        let comparison = OriginalComparison(request.sources[snapshot.collectionName] ?? [])
        for entry in part.entries {
            let restored = "\(destination)/\(String(decoding: entry.path.bytes, as: UTF8.self))"
            switch try await BlockingWork.run({ comparison.compare(entry, restored: restored) }) {
            case .same: drill.filesAsOriginals += 1
            case .rot: drill.rottenOriginals.append(comparison.original(of: entry.path) ?? restored)
            case .gone: break
            }
        }
        return failures.withLock { $0 }
    }
}
