internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Fetches parts of packs, opens their chunks and writes them where they belong.
struct PackPartReader: Sendable {
    let reader: VaultReader
    /// Told of packs in cold storage.
    var report: RestoreReport?
    /// Whether what is in cold storage will be asked for, and is no failure now.
    var postponesCold = false

    /// Restores what is in the part. A chunk that one replica has wrong is taken from the next; one that no replica
    /// has right fails its files, and only those.
    ///
    /// Memory: the part as it is stored, and one chunk.
    ///
    /// - Throws: `RestoreError` when the disk is full; `CancellationError`.
    func restore(_ part: PackPart) async throws {
        var left = part.pieces
        do {
            let sealed = try await fetch(part)
            left = try await BlockingWork.run { try write(part, from: sealed) }
        } catch let error as ReplicaSetError {
            try Task.checkCancellation()
            guard part.pieces.count > 1 else { return fail(part.pieces[0], of: part.pack, error) }
        }
        // One damaged chunk must not cost its neighbours, which may be right on different replicas.
        for piece in left { try await restore(piece, of: part.pack) }
    }

    private func restore(_ piece: PackPart.Piece, of pack: SHA256Digest) async throws {
        let part = PackPart(pack: pack, range: piece.reference.range, pieces: [piece])
        do {
            let plaintext = try await open(part)[0]
            try await BlockingWork.run { try plaintext.withUnsafeBytes { try piece.write($0) } }
        } catch let error as ReplicaSetError {
            try Task.checkCancellation()
            fail(piece, of: pack, error)
        }
    }

    /// Fails the piece's files, unless a replica that cannot be read now will be asked for them.
    private func fail(_ piece: PackPart.Piece, of pack: SHA256Digest, _ error: ReplicaSetError) {
        let isCold = error.failures.contains { $0.error.code == .inColdStorage }
        if isCold { report?.isCold(pack) }
        for (file, _) in piece.destinations {
            if isCold, postponesCold { file.postpone() } else { file.fail(error.description) }
        }
    }

    private func fetch(_ part: PackPart) async throws(ReplicaSetError) -> ObjectBytes {
        try await reader.replicas.get(
            ObjectName.pack(part.pack).key, range: part.range,
            maximumByteCount: Format.maximumPackByteCount,
            accept: { $0.count == part.range.count })
    }

    /// Opens chunk after chunk into the same memory and writes each; returns those that are not right. Blocks.
    private func write(_ part: PackPart, from sealed: ObjectBytes) throws -> [PackPart.Piece] {
        let chunks = ChunkReader(vault: reader.vault, contentKey: reader.contentKey)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: part.pieces.map { Int($0.reference.plaintextByteCount) }.max() ?? 0, alignment: 4096)
        defer { buffer.deallocate() }
        return try sealed.withUnsafeBytes { sealed in
            try part.pieces.filter { piece in
                let output = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<Int(piece.reference.plaintextByteCount)])
                do throws(VaultError) {
                    try chunks.open(
                        part.sealed(piece, in: sealed), piece.reference, role: .content, into: output)
                } catch {
                    return true
                }
                try piece.write(UnsafeRawBufferPointer(output))
                return false
            }
        }
    }

    /// The plaintexts, from the first replica that has all of them right.
    func open(_ part: PackPart) async throws(ReplicaSetError) -> [[UInt8]] {
        let chunks = ChunkReader(vault: reader.vault, contentKey: reader.contentKey)
        var opened: [[UInt8]] = []
        _ = try await reader.replicas.get(
            ObjectName.pack(part.pack).key, range: part.range,
            maximumByteCount: Format.maximumPackByteCount,
            accept: { bytes in
                opened.removeAll()
                return bytes.withUnsafeBytes { sealed in
                    for piece in part.pieces {
                        let chunk = part.sealed(piece, in: sealed)
                        guard let plaintext = try? chunks.open(chunk, piece.reference, role: .content) else {
                            return false
                        }
                        opened.append(plaintext)
                    }
                    return true
                }
            })
        return opened
    }
}

extension PackPart.Piece {
    /// Writes the chunk's content wherever it belongs. Blocks.
    fileprivate func write(_ plaintext: UnsafeRawBufferPointer) throws(RestoreError) {
        for (file, offset) in destinations { try file.write(plaintext, at: offset) }
    }
}

extension PackPart {
    /// The piece's bytes in those of the part.
    fileprivate func sealed(_ piece: Piece, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let start = piece.reference.range.lowerBound - range.lowerBound
        return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + piece.reference.range.count)])
    }
}
