internal import Backup
internal import Replicator
internal import Terminal

extension CommandContext {
    /// Runs `body` while the progress line shows how far it is.
    func withProgress<Result>(
        of vault: AuditedVault, _ progress: RunProgress, phase: String? = nil,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await withProgress(of: vault.replicas, progress, phase: phase, body)
    }

    func withProgress<Result>(
        of replicas: ReplicaSet, _ progress: RunProgress, phase: String? = nil,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await withProgress(
            {
                let state = progress.state
                let providers = replicas.names.enumerated().map { index, name in
                    ProgressSnapshot.Provider(
                        name: name,
                        state: replicas.outage(of: index) != nil
                            ? .behind : .active(byteCount: state.replicaBytes[index]))
                }
                return ProgressSnapshot(
                    phase: phase, files: state.files, filesTotal: state.totalFiles, bytes: state.bytes,
                    bytesTotal: state.totalBytes, providers: providers)
            }, body)
    }
}
