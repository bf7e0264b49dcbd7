internal import Crypto
internal import Synchronization
internal import Vault

/// Knows which content this run need not store: what the catalog has, and what the run itself has met.
///
/// A chunk is claimed by the first thread that meets it, so that equal files are sealed once.
final class ContentIndex: Sendable {
    enum Finding {
        /// Nobody has it: the caller seals it and resolves the chunk.
        case claimed(PendingChunk)
        case known(PendingChunk)
    }

    private let claimed = Mutex<[SHA256Digest: PendingChunk]>([:])

    /// Looks the chunk up; `catalog` is the calling thread's own connection.
    func find(_ id: SHA256Digest, in catalog: ChunkIndex) throws -> Finding {
        let (chunk, isMine) = claimed.withLock { claimed -> (PendingChunk, Bool) in
            if let chunk = claimed[id] { return (chunk, false) }
            let chunk = PendingChunk(id: id)
            claimed[id] = chunk
            return (chunk, true)
        }
        guard isMine else { return .known(chunk) }
        guard let reference = try catalog.reference(to: id) else { return .claimed(chunk) }
        chunk.resolve(as: reference)
        forget([id])
        return .known(chunk)
    }

    /// Drops chunks that the catalog knows by now.
    func forget(_ ids: some Sequence<SHA256Digest>) {
        claimed.withLock { claimed in
            for id in ids { claimed[id] = nil }
        }
    }
}
