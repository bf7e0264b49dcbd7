internal import Crypto
internal import Vault

/// What a file's whole content is called by those who have contentKey: its size, and the ids of its chunks in order.
struct ContentName: Hashable, Sendable {
    let size: UInt64
    private let digest: SHA256Digest

    init(size: UInt64, chunks: some Sequence<SHA256Digest>) {
        self.size = size
        var hash = SHA256()
        for chunk in chunks { chunk.bytes.withUnsafeBytes { hash.update($0) } }
        digest = hash.finalize()
    }

    /// Of a file in a snapshot; nil where a reference has no chunk id.
    init?(size: UInt64, references: [Reference]) {
        let ids = references.compactMap(\.chunkID)
        guard ids.count == references.count else { return nil }
        self.init(size: size, chunks: ids)
    }
}
