internal import Crypto
internal import Vault

/// Seals the keys of chunks for the catalog, each bound to the row it stands in, so that a damaged or altered
/// catalog cannot make a reference that opens nothing.
struct CatalogKeyBox: Sendable {
    private let box: AuthenticatedBox

    init(keys: VaultKeys) { box = AuthenticatedBox(key: keys.catalogKey) }

    func seal(_ reference: Reference) -> [UInt8] {
        reference.key.withUnsafeBytes { box.seal($0, associatedData: Self.row(reference)) }
    }

    /// Puts the key of `sealed` into a reference whose other fields are those of the row.
    ///
    /// - Throws: `CryptoError` when the row is not the one that was written.
    func open(_ sealed: UnsafeRawBufferPointer, into reference: inout Reference) throws(CryptoError) {
        var bytes = try box.open(sealed, associatedData: Self.row(reference))
        defer { bytes.wipe() }
        guard let key = ChunkKey(bytes.span.bytes) else {
            throw CryptoError(.wrongLength, "chunk key in the catalog")
        }
        reference.key = key
    }

    private static func row(_ reference: Reference) -> [UInt8] {
        var row = reference.pack.bytes
        for number in [reference.offset, reference.length, reference.plaintextByteCount] {
            withUnsafeBytes(of: number.bigEndian) { row.append(contentsOf: $0) }
        }
        row.append(reference.isCompressed ? 1 : 0)
        if let id = reference.chunkID { row += id.bytes }
        return row
    }
}

extension Reference {
    /// A reference whose key is still to be opened. Numbers that no reference has become some that it does not open with.
    init(
        locked pack: SHA256Digest, offset: Int64, length: Int64, plaintext: Int64, isCompressed: Bool,
        chunkID: SHA256Digest?
    ) {
        self.init(
            pack: pack, offset: UInt32(truncatingIfNeeded: offset),
            length: UInt32(truncatingIfNeeded: length),
            key: .locked, chunkID: chunkID, plaintextByteCount: UInt32(truncatingIfNeeded: plaintext),
            isCompressed: isCompressed)
    }
}

extension ChunkKey {
    /// Zeros, in place of a key that has not been opened yet.
    fileprivate static let locked = ChunkKey([UInt8](repeating: 0, count: byteCount).span.bytes)!
}
