internal import Crypto

/// The numbers of the stored format; `docs/FORMAT.md` is its specification.
public enum Format {
    /// The major version. Readers refuse a greater one.
    public static let version: UInt32 = 1

    /// Plaintext in a chunk of content: 4 MiB.
    public static let chunkByteCount = 4 << 20
    /// Plaintext in a chunk of a database: 256 KiB, since a database changes in places.
    public static let databaseChunkByteCount = 256 << 10
    /// A pack that holds this much is closed: 16 MiB.
    public static let packByteCount = 16 << 20
    /// No pack holds more chunks than this, so that a run over tiny files is written down in time.
    public static let packChunkLimit = 8192
    /// No object of a replica is larger.
    public static let maximumPackByteCount =
        packByteCount + SealedChunk.sealedByteCount(plaintextByteCount: chunkByteCount)
    /// Snapshots, inventories and other small objects are refused above this.
    public static let maximumObjectByteCount = 64 << 20
    /// An entry with more references keeps them in lists.
    public static let maximumInlineReferences = 256
    /// References in one list.
    public static let referencesInList = 8192

    /// The associated data of each message of a sealed chunk: format version, vault, role.
    static func associatedData(vault: VaultID, role: ChunkRole) -> [UInt8] {
        [UInt8(version)] + vault.bytes + [role.rawValue]
    }

    /// Names a derived key: text, a zero byte, the object's identifier, the epoch as 8 bytes, big-endian.
    public static func purpose(_ text: String, object: [UInt8] = [], epoch: UInt64 = 0) -> [UInt8] {
        var purpose = Array("photobackup/1 \(text)".utf8) + [0] + object
        withUnsafeBytes(of: epoch.bigEndian) { purpose.append(contentsOf: $0) }
        return purpose
    }
}

/// What a sealed chunk is for: part of its associated data, so that none can stand in another's place.
public enum ChunkRole: UInt8, Sendable {
    case content = 1
    case referenceList = 2
    case page = 3
    case snapshot = 4
    case collectionSettings = 5
    // 6 is the manifest of a share link, which is no part of a replica: see docs/SHARE-FORMAT.md.
    case providers = 7
    case personalRecord = 8
    /// What the giver of a grant keeps of it.
    case givenGrant = 9
}
