internal import Crypto
internal import Vault

/// What a link shows: the files with the references to their content, and the addresses of the packs that hold it.
///
/// Source: docs/SHARE-FORMAT.md, "Manifest".
struct ShareManifest: Sendable, Equatable, Codable {
    /// A sealed chunk in one of the packs, and the key that opens it.
    struct Chunk: Sendable, Hashable, Codable {
        /// Index into `packs`.
        let pack: Int
        let offset: Int
        let length: Int
        /// 32 bytes, base64url.
        let key: String
        /// Before compression.
        let size: Int
        /// `true`, or left out.
        var zstd: Bool?
    }

    /// A JPEG, upright and without the original's metadata: in the manifest itself, or a chunk.
    struct Picture: Sendable, Equatable, Codable {
        /// base64url
        var jpeg: String?
        var chunk: Chunk?
    }

    struct File: Sendable, Equatable, Codable {
        let name: String
        let size: Int
        var type: String?
        /// Seconds since 1970.
        var modified: Int64?
        var caption: String?
        var width: Int?
        var height: Int?
        var thumbnail: Picture?
        var preview: Picture?
        /// Left out where only previews are shared.
        var content: [Chunk]?
    }

    var format = 1
    var title: String?
    /// When the addresses end, in seconds since 1970.
    var expires: Int64?
    /// The vault's id.
    let vault: String
    var packs: [String]
    let files: [File]
}

extension ShareManifest.Chunk {
    init(_ reference: Reference, pack: Int) {
        self.pack = pack
        offset = Int(reference.offset)
        length = Int(reference.length)
        key = reference.key.withUnsafeBytes { [UInt8]($0) }.base64URL
        size = Int(reference.plaintextByteCount)
        zstd = reference.isCompressed ? true : nil
    }

    /// As the vault's readers take it; nil where it is none that a writer makes.
    var reference: Reference? {
        let key = [UInt8](base64URL: key).flatMap { ChunkKey($0.span.bytes) }
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard let key, offset >= 0, length > 0, !overflow, end < Format.maximumPackByteCount,
            (0...Format.chunkByteCount).contains(size),
            zstd == true || length == SealedChunk.sealedByteCount(plaintextByteCount: size)
        else { return nil }
        // The address says which pack it is; its hash is not in the manifest.
        return Reference(
            pack: SHA256.hash([]), offset: UInt32(offset), length: UInt32(length), key: key, chunkID: nil,
            plaintextByteCount: UInt32(size), isCompressed: zstd == true)
    }
}
