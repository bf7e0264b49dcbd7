internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Sends closed packs to all replicas at once and writes down those that a quorum has stored.
///
/// Packs are on their way side by side; how many is bounded by the memory that is lent for them.
final class PackUploader: Sendable {
    private struct State {
        var inFlight: [SHA256Digest: Task<Void, Never>] = [:]
        var isStopped = false
        var failure: (any Error)?
        var packCount = 0
        var byteCount = 0
        var sentByteCounts: [Int]
    }

    private let vault: OpenVault
    private let content: ContentIndex
    private let progress: RunProgress
    private let state: Monitor<State>

    init(vault: OpenVault, content: ContentIndex, progress: RunProgress) {
        self.vault = vault
        self.content = content
        self.progress = progress
        state = Monitor(State(sentByteCounts: Array(repeating: 0, count: vault.replicas.stores.count)))
    }

    /// What has been stored so far.
    var totals: (packs: Int, bytes: Int, sent: [Int]) {
        state.update { ($0.packCount, $0.byteCount, $0.sentByteCounts) }
    }

    /// Begins to send a pack, which is written down first, so that what refers to it can be.
    func submit(_ pack: Inventory.Pack, bytes: ObjectBytes, chunks: [Reference]) throws {
        try vault.catalog.announce(pack, chunks: chunks, created: .now(), keys: vault.keys)
        try state.update { state in
            // Short of the quorum: reading on would be for nothing.
            if let failure = state.failure { throw failure }
            guard !state.isStopped else { return }
            // Under the lock, so that the task is in the list before it can take itself out.
            state.inFlight[pack.digest] = Task {
                do {
                    try await send(pack, bytes: bytes)
                    content.forget(chunks.compactMap(\.chunkID))
                    ended(pack.digest, nil)
                } catch {
                    ended(pack.digest, error)
                }
            }
        }
    }

    private func ended(_ pack: SHA256Digest, _ error: (any Error)?) {
        state.update { state in
            state.inFlight[pack] = nil
            if state.failure == nil { state.failure = error }
        }
    }

    /// Ends what is on its way; it does not count as stored.
    func stop() {
        state.update { state in
            state.isStopped = true
            for task in state.inFlight.values { task.cancel() }
        }
    }

    private func send(_ pack: Inventory.Pack, bytes: ObjectBytes) async throws {
        let key = pack.name.key
        let outcomes = await vault.replicas.put(key, bytes, sha256: pack.digest)
        guard vault.replicas.isQuorum(outcomes) else {
            throw QuorumError(key, vault.replicas, outcomes)
        }
        let stored = outcomes.filter(\.isStored).map(\.replica)
        try await vault.catalog.confirm(pack.digest, by: vault.bits(stored))
        state.update { state in
            state.packCount += 1
            state.byteCount += pack.byteCount
            for replica in stored { state.sentByteCounts[replica] += pack.byteCount }
        }
        progress.stored(byteCount: pack.byteCount, on: stored)
    }

    /// What is on its way now; each ends when its pack is stored, or has failed.
    var inFlight: [Task<Void, Never>] { state.update { Array($0.inFlight.values) } }

    /// Waits until nothing is on its way.
    func waitUntilIdle() { state.wait { $0.inFlight.isEmpty ? () : nil } }

    /// Waits until nothing is on its way. Throws the first failure.
    func finish() throws {
        try state.wait { state -> Void? in
            guard state.inFlight.isEmpty else { return nil }
            if let failure = state.failure { throw failure }
            return ()
        }
    }
}
