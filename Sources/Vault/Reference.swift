public import Crypto

/// Where a sealed chunk is, and the key that opens it. As secret as the chunk.
public struct Reference: Hashable, Sendable {
    /// The pack's SHA-256, which is the end of its name.
    public var pack: SHA256Digest
    /// Of the sealed chunk in the pack.
    public var offset: UInt32
    /// Of the sealed chunk.
    public var length: UInt32
    public var key: ChunkKey
    /// HMAC-SHA-256 under contentKey of the plaintext; nil in what is shared by link, and for pages and lists of version
    /// 0.1.0. Somebody else who has the key can seal other content under it, and not with this id.
    public var chunkID: SHA256Digest?
    /// Before compression.
    public var plaintextByteCount: UInt32
    public var isCompressed: Bool

    public init(
        pack: SHA256Digest, place: SealedPlace, chunkID: SHA256Digest?
    ) {
        self.pack = pack
        offset = place.offset
        length = place.length
        key = place.key
        self.chunkID = chunkID
        plaintextByteCount = place.plaintextByteCount
        isCompressed = place.isCompressed
    }

    public init(
        pack: SHA256Digest, offset: UInt32, length: UInt32, key: ChunkKey, chunkID: SHA256Digest?,
        plaintextByteCount: UInt32, isCompressed: Bool
    ) {
        self.pack = pack
        self.offset = offset
        self.length = length
        self.key = key
        self.chunkID = chunkID
        self.plaintextByteCount = plaintextByteCount
        self.isCompressed = isCompressed
    }

    /// The sealed chunk's bytes in its pack.
    public var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
}

/// Where a chunk was sealed in a pack that is not yet closed, and so has no name yet.
public struct SealedPlace: Hashable, Sendable {
    public let offset: UInt32
    public let length: UInt32
    public let key: ChunkKey
    public let plaintextByteCount: UInt32
    public let isCompressed: Bool
}
