public import Crypto
public import ObjectStore

/// Fills one pack: sealed chunks, one behind the other, and nothing else.
///
/// The pack's hash is made as it grows, over bytes that are still in the cache. Used by one thread at a time.
public final class PackWriter {
    private let vault: VaultID
    private let bytes: ObjectBytes
    private var hasher = SHA256()
    public private(set) var chunkCount = 0

    /// Writes into `bytes`, which is empty and has room for `Format.maximumPackByteCount`.
    public init(vault: VaultID, bytes: ObjectBytes) {
        precondition(bytes.count == 0 && bytes.capacity >= Format.maximumPackByteCount)
        self.vault = vault
        self.bytes = bytes
    }

    public var byteCount: Int { bytes.count }
    public var isEmpty: Bool { chunkCount == 0 }

    /// Whether the pack is to be closed before another chunk.
    public var isFull: Bool {
        bytes.count >= Format.packByteCount || chunkCount >= Format.packChunkLimit
    }

    /// Seals one chunk, of at most 4 MiB, under a fresh key; compressed first where `compressor` finds that
    /// worthwhile.
    public func append(
        _ plaintext: UnsafeRawBufferPointer, role: ChunkRole, compressor: Compressor?
    ) -> SealedPlace {
        precondition(!isFull && plaintext.count <= Format.chunkByteCount)
        let compressed = compressor?.compress(plaintext)
        let payload = compressed ?? plaintext
        let offset = bytes.count
        let length = SealedChunk.sealedByteCount(plaintextByteCount: payload.count)
        let key = ChunkKey.random()
        bytes.append(count: length) { output in
            SealedChunk.seal(
                payload, key: key, associatedData: Format.associatedData(vault: vault, role: role),
                into: output, onSealed: { hasher.update($0) })
        }
        chunkCount += 1
        return SealedPlace(
            offset: UInt32(offset), length: UInt32(length), key: key,
            plaintextByteCount: UInt32(plaintext.count), isCompressed: compressed != nil)
    }

    public func append(_ plaintext: [UInt8], role: ChunkRole, compressor: Compressor?) -> SealedPlace {
        plaintext.withUnsafeBytes { append($0, role: role, compressor: compressor) }
    }

    /// Closes the pack: its name and its bytes. The writer is not used afterwards.
    public func finish() -> (digest: SHA256Digest, bytes: ObjectBytes) {
        (hasher.finalize(), bytes)
    }
}
