internal import Crypto
internal import ObjectStore
public import Replicator
internal import Vault

/// Told of what a healing does and cannot do.
public struct HealHandlers: Sendable {
    /// What is found wrong, as by `verify`.
    public var onDiscrepancy: @Sendable (Discrepancy) -> Void
    /// An object that no replica has right any more, or that only a replica has that does not answer.
    public var onUnprovable: @Sendable (ReplicaSetError) -> Void
    /// A file that cannot be restored for that.
    public var onLostFile: @Sendable (LostFile) -> Void

    public init(
        onDiscrepancy: @escaping @Sendable (Discrepancy) -> Void,
        onUnprovable: @escaping @Sendable (ReplicaSetError) -> Void,
        onLostFile: @escaping @Sendable (LostFile) -> Void
    ) {
        self.onDiscrepancy = onDiscrepancy
        self.onUnprovable = onUnprovable
        self.onLostFile = onLostFile
    }
}

extension AuditedVault {
    /// Puts right what a verification at `level` and the ones before it found: copies ciphertext from a replica
    /// whose bytes hash to the name, in the order in which a replica is committed.
    ///
    /// Nothing is ever deleted, nothing that has a tombstone is revived, and what no inventory or signed object
    /// names is not spread. What no replica has right any more is named with the files it costs; the next backup
    /// stores them again from the source, when that still has them.
    ///
    /// - Parameter providers: the names of those to put right; all if nil.
    /// - Returns: the verification's summary, with what is left after healing.
    public func heal(
        level: VerifyLevel, providers: [String]? = nil, isDryRun: Bool = false, progress: RunProgress,
        warn: @escaping WarningHandler, telling handlers: HealHandlers
    ) async throws -> VerifySummary {
        var summary = try await verify(
            VerifyRequest(level: level, providers: providers), progress: progress, warn: warn,
            onDiscrepancy: handlers.onDiscrepancy)
        if !isDryRun {
            let lock = try RunLock(folder: lockFolder)
            defer { withExtendedLifetime(lock) {} }
            let targets = replicas.stores.indices.filter { providers?.contains(replicas.names[$0]) ?? true }
            // An empty place that a backup left alone: this is how it is asked for.
            for replica in targets { replicas.reopen(replica) }
            replicas.beginPhase()
            try await healReadme(on: targets, &summary)
            try await healObjects(on: targets, &summary, progress: progress, handlers)
            // After the copying: the list that is replaced counts among what was to be copied.
            try await (self as? OpenVault)?.tellProviders(warn: warn)
            try noteHealed(summary)
        }
        // Which files are in a pack is for those to tell who can open pages.
        if let vault = self as? OpenVault { try await LostFiles(vault: vault).find(handlers.onLostFile) }
        return summary
    }

    private func healObjects(
        on chosen: [Int], _ summary: inout VerifySummary, progress: RunProgress, _ handlers: HealHandlers
    ) async throws {
        let targets = chosen.filter { summary.replicas[$0].failure == nil }
        var healed = summary
        let outcome = try await CatchUp(
            vault: self, scope: .everything,
            onCopied: { object, replica, was in
                progress.stored(byteCount: object.byteCount ?? 0, on: [replica])
                progress.ended(files: 1)
                healed.countHealed(on: replica, was: was ?? .behind)
            },
            onDiscrepancy: { found in
                healed.count(found)
                handlers.onDiscrepancy(found)
            }, onUnprovable: handlers.onUnprovable
        ).run(on: targets)
        for (replica, error) in outcome.failures { healed.replicas[replica].failure = error.reason }
        summary = healed
    }

    /// What is whole now is not behind any more.
    private func noteHealed(_ summary: VerifySummary) throws {
        for (index, replica) in catalogReplicas.enumerated() where summary.replicas[index].failure == nil {
            guard try standing(of: index, failure: nil).isWhole else { continue }
            try catalog.note(replica, behindSince: nil, failure: nil)
        }
    }
}

extension VerifySummary {
    mutating func countHealed(on replica: Int, was kind: Discrepancy.Kind) {
        replicas[replica].healedCount += 1
        replicas[replica].rightCount += 1
        let left = replicas[replica].counts[kind, default: 0] - 1
        replicas[replica].counts[kind] = max(0, left)
    }

    fileprivate mutating func count(_ found: Discrepancy) {
        replicas[found.replica].rightCount -= 1
        replicas[found.replica].counts[found.kind, default: 0] += 1
    }
}
