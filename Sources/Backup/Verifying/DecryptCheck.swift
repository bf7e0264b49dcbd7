internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Level `decrypt`: opens every chunk that any snapshot refers to, on each replica by itself, and compares its
/// content with its id.
struct DecryptCheck {
    let vault: OpenVault
    let sample: VerifySample
    let progress: RunProgress

    func run(
        on targets: [Int], _ summary: inout VerifySummary, _ onDiscrepancy: @Sendable (Discrepancy) -> Void
    ) async throws {
        let known = Set(try vault.catalog.findings().map { finding in Place(finding.replica, finding.key) })
        for replica in targets {
            var seen: Set<Reference> = []
            var wrong: Set<ObjectKey> = []
            for head in try vault.catalog.snapshots() {
                let key = ObjectName.snapshot(head.collection, head.id.time, head.id.digest).key
                do {
                    let snapshot = try await vault.readSnapshot(head.id, of: head.collection, from: [replica])
                    for page in snapshot.pages where seen.insert(page.reference).inserted {
                        try await check(page, on: replica, wrong: &wrong, &summary)
                    }
                } catch let error as ReplicaSetError where error.code != .cancelled {
                    wrong.insert(key)
                } catch is VaultError {
                    wrong.insert(key)
                }
            }
            for key in wrong.sorted()
            where !known.contains(Place(vault.catalogReplicas[replica].id, key)) {
                let finding = Discrepancy(replica: replica, key: key, kind: .corrupt)
                try vault.catalog.record([finding], replicas: vault.catalogReplicas)
                summary.replicas[replica].counts[.corrupt, default: 0] += 1
                onDiscrepancy(finding)
            }
        }
    }

    private struct Place: Hashable {
        let replica: Int
        let key: ObjectKey

        init(_ replica: Int, _ key: ObjectKey) {
            self.replica = replica
            self.key = key
        }
    }

    private func check(
        _ page: Snapshot.PageReference, on replica: Int, wrong: inout Set<ObjectKey>,
        _ summary: inout VerifySummary
    ) async throws {
        let entries: [Entry]
        do {
            entries = try await vault.readPage(page, from: [replica])
        } catch let error as ReplicaSetError where error.code != .cancelled {
            wrong.insert(ObjectName.metaPack(page.reference.pack).key)
            return
        }
        for entry in entries {
            let references: [Reference]
            do {
                references = try await vault.references(of: entry, from: [replica])
            } catch let error as ReplicaSetError where error.code != .cancelled {
                for list in entry.contentLists { wrong.insert(ObjectName.metaPack(list.pack).key) }
                continue
            }
            for part in PackPart.parts(of: references.filter { sample.contains($0.pack) }) {
                summary.requestCount += 1
                summary.bytesRead += part.range.count
                let isRight = try await opens(part, on: replica)
                if !isRight { wrong.insert(ObjectName.pack(part.pack).key) }
                progress.read(byteCount: part.range.count)
            }
            progress.ended(files: 1)
        }
    }

    private func opens(_ part: PackPart, on replica: Int) async throws -> Bool {
        do {
            _ = try await PackPartReader(vault: vault, order: [replica]).open(part)
            return true
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            return false
        }
    }
}
