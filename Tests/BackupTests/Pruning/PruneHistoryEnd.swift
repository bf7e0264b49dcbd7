import Foundation
import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Vault

/// What must hold at the end of a history, when every honest provider answers again and nobody interrupts.
struct PruneHistoryEnd {
    let history: PruneHistory

    private var test: TestVault { history.test }

    func check() async throws {
        history.note("the end: heal, restore what was promised")
        let keeper = ModelMachine(host: "keeper")
        let vault = try await keeper.access(to: test).without(history.malicious).open()
        _ = try await test.heal(vault)
        let found = Mutex<[String]>([])
        let verified = try await vault.verify(
            VerifyRequest(level: .decrypt),
            progress: RunProgress(replicaCount: vault.replicas.stores.count), warn: { _ in },
            onDiscrepancy: { discrepancy in found.withLock { $0.append("\(discrepancy)") } })
        history.note(found.withLock { $0 }.joined(separator: "\n"))
        #expect(!verified.isDamaged && !verified.isBehind, "\(verified.replicas): \(history.comment)")
        for promise in history.promises { try await expectRestored(promise, vault) }
        try await expectLinks(vault)

        history.note("the end: forget all but the last, and prune")
        var policy = RetentionPolicy()
        policy.last = 1
        _ = try await vault.forget(ForgetRequest(.policy(policy, collections: [])), warn: { _ in })
        let kept = try await vault.snapshots(warn: { _ in }).map(\.id)
        // Providers' clocks may have been set back by weeks, again and again.
        history.scene.clock.advance(days: 400)
        for _ in 0..<4 {
            _ = try await test.prune(vault, compacting: 2)
            history.scene.clock.advance(days: 8)
            _ = try await test.heal(vault)
        }
        var needed: Set<ObjectKey> = []
        for key in try await history.snapshotsToKeep() {
            needed.formUnion(try await history.learnNeeds(of: key))
        }
        // Also links whose making was cut short are on record.
        let links = try await vault.recordedLinks(warn: { _ in })
        for share in links.map(\.share) where share.ends > UTCTime.now().secondsSince1970 {
            needed.formUnion(share.packDigests.map { ObjectName.pack($0).key })
        }
        needed.formUnion(links.map(\.record))
        needed.formUnion(try vault.grants().map(\.key))
        let prefixes = [
            ObjectName.packsPrefix, ObjectName.metaPrefix, ObjectName.snapshotsPrefix,
            ObjectName.recordsPrefix,
            ObjectName.grantsPrefix,
        ]
        for (replica, held) in try await history.holdings().enumerated() {
            let there = held.filter { key in prefixes.contains(where: key.rawValue.hasPrefix) }
            let left = there.subtracting(needed)
            #expect(left.isEmpty, "\(left.sorted()) takes up space on \(replica): \(history.comment)")
        }
        for promise in history.promises where kept.contains(promise.snapshot) {
            try await expectRestored(promise, vault)
        }
        try await expectLinks(vault)
    }

    private func expectLinks(_ vault: OpenVault) async throws {
        for promise in history.links {
            for file in promise.files {
                do {
                    let content = try await vault.content(of: file)
                    #expect(UInt64(content.count) == file.entry.size, "\(history.comment)")
                } catch {
                    Issue.record("\(promise.link.share): \(error): \(history.comment)")
                }
            }
        }
    }

    private func expectRestored(_ promise: PruneHistory.Promise, _ vault: OpenVault) async throws {
        let name = "restore of \(promise.snapshot.short)"
        do {
            let destination = test.scratch("restored-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(atPath: destination) }
            let failures = Mutex<[String]>([])
            let counts = try await vault.restore(
                RestoreRequest(
                    snapshot: SnapshotSelection(
                        collection: promise.collection, snapshot: promise.snapshot.description),
                    destination: destination),
                progress: RunProgress(replicaCount: vault.replicas.stores.count),
                notify: { notice in failures.withLock { $0.append("\(notice)") } }, warn: { _ in })
            #expect(counts.filesFailed == 0, "\(name): \(failures.withLock { $0 }): \(history.comment)")
            expectSame(
                try Node.tree(destination, keys: vault.keys), promise.tree, "\(name): \(history.comment)")
        } catch {
            Issue.record("\(name): \(error): \(history.comment)")
        }
    }
}
