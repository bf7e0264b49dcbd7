internal import Crypto
internal import Foundation
internal import Replicator
internal import Synchronization
internal import Vault

/// Commits, beside a run that goes on, what the run has stored by a moment: an inventory and a snapshot that is
/// marked as a checkpoint, so that the next run finds it also where this one is killed and its catalog lost.
///
/// What the run has not come to is in a checkpoint as the base has it, so that nothing is missing from it that the
/// base had. One is made at a time; one that too few replicas can take is left out.
final class Checkpointing: Sendable {
    private let vault: OpenVault
    private let plan: CheckpointPlan
    private let running = Monitor(Running())

    private struct Running {
        var task: Task<Void, Never>?
        var isRunning = false
        var failure: (any Error)?
        /// How many packs the run had stored when the last one was begun.
        var packCount = 0
    }

    init(vault: OpenVault, plan: CheckpointPlan) {
        self.vault = vault
        self.plan = plan
    }

    /// Whether a checkpoint is due, and would hold something new.
    func takeDue(storedPackCount: Int) -> Bool {
        running.update { running in
            guard storedPackCount > running.packCount, !running.isRunning, plan.schedule.takeDue() else {
                return false
            }
            running.packCount = storedPackCount
            return true
        }
    }

    /// Begins to commit; what it needs may still be on its way.
    func begin(_ content: CheckpointContent, after uploads: [Task<Void, Never>]) {
        let commit = CheckpointCommit(vault: vault, plan: plan, content: content)
        running.update { running in
            running.isRunning = true
            running.task = Task { [self] in
                var failure: (any Error)?
                for upload in uploads { await upload.value }
                do {
                    try Task.checkCancellation()
                    try await commit.run()
                } catch is QuorumError {
                    // It is for the run itself to say so, if that stays.
                } catch {
                    failure = error
                }
                self.ended(failure)
            }
        }
    }

    private func ended(_ failure: (any Error)?) {
        running.update { running in
            running.isRunning = false
            if running.failure == nil { running.failure = failure }
        }
    }

    func stop() { running.update { $0.task?.cancel() } }

    /// Waits until nothing is being committed. Throws what went wrong on this machine.
    func finish() throws {
        try running.wait { running -> Void? in
            guard !running.isRunning else { return nil }
            if let failure = running.failure { throw failure }
            return ()
        }
    }
}

/// What is the same for all checkpoints of a run.
struct CheckpointPlan: Sendable {
    let schedule: CheckpointSchedule
    let record: CollectionRecord
    let row: CatalogCollection
    /// The replicas that show every keyring and collection.
    let openable: [Int]
    let base: SnapshotID?
    let started: Int64
    let tags: [String]
    let warn: WarningHandler
}

/// Commits one checkpoint on the replicas that have all it needs.
struct CheckpointCommit: Sendable {
    let vault: OpenVault
    let plan: CheckpointPlan
    let content: CheckpointContent

    /// - Throws: `QuorumError` when too few replicas take it, which the run need not mind.
    func run() async throws {
        let catalog = vault.catalog
        try await plan.record.store(in: vault)
        var eligible = try plan.openable.filter { try plan.record.isOn($0, of: vault) }
        let packs = try catalog.packsWithoutInventory()
        if !packs.isEmpty {
            eligible = eligible.filter { replica in
                packs.allSatisfy { $0.confirmed & vault.catalogReplicas[replica].bit != 0 }
            }
            let inventory = Inventory(
                vault: vault.id, created: .now(), packs: packs.map(\.inventoryRecord),
                heads: try catalog.heads().map(\.head), named: try vault.objectsToName())
            let object = inventory.sealed(by: vault.keyring.signingKey)
            let outcomes = try await vault.store(object.name, object.bytes, on: eligible)
            eligible = outcomes.filter(\.isStored).map(\.replica)
            try catalog.record(inventory, named: object.name.key)
        }
        try await plan.record.lookAgain(in: vault, warn: plan.warn)
        eligible = try eligible.filter {
            try plan.record.isOn($0, of: vault) && hasEverything(vault.catalogReplicas[$0])
        }
        var snapshot = try snapshot()
        snapshot.named = try vault.objectsToName()
        let (id, bytes) = snapshot.sealed(
            in: plan.record.collection, vault: vault.id, by: vault.keyring.signingKey)
        try await vault.store(
            .snapshot(plan.record.collection.id, id.time, id.digest), bytes, on: eligible)
        try catalog.record(snapshot, id: id, isLearned: true)
    }

    private func hasEverything(_ replica: CatalogReplica) throws -> Bool {
        try content.neededPacks.allSatisfy { try vault.catalog.isConfirmed($0, by: replica) }
            && vault.catalog.hasEveryPack(
                ofPagesUpTo: content.lastPage, in: plan.row, replica, except: content.lostPacks)
            && vault.catalog.missingObjects(
                prefix: ObjectName.inventoryPrefix, on: replica.bit, .everything, after: "", limit: 1
            ).isEmpty
    }

    private func snapshot() throws -> Snapshot {
        var scan = ScanResult()
        scan.pages = content.pages
        scan.counts = content.counts
        scan.unreadable = content.unreadable
        scan.incomplete = content.incomplete
        let newest = try vault.catalog.snapshots(of: plan.record.collection.id, by: nil).first
        var snapshot = Snapshot(
            scan, collection: plan.record.collection, device: vault.device, after: newest)
        snapshot.started = plan.started
        snapshot.tags = plan.tags
        snapshot.heads = try vault.catalog.heads().map(\.head)
        snapshot.parent = plan.base
        snapshot.isCheckpoint = true
        return snapshot
    }
}
