internal import ObjectStore
internal import Replicator
internal import Vault

/// Fetches parts of packs, opens their chunks and writes them where they belong.
struct PackPartReader: Sendable {
    let vault: OpenVault
    /// Told of packs in cold storage.
    var report: RestoreReport?
    /// Whether what is in cold storage will be asked for, and is no failure now.
    var postponesCold = false

    /// Restores what is in the part. A chunk that no replica has right fails its files, and only those.
    ///
    /// - Throws: `RestoreError` when the disk is full; `CancellationError`.
    func restore(_ part: PackPart) async throws {
        do {
            let opened = try await open(part)
            try await write(part, opened)
        } catch let error as ReplicaSetError {
            try Task.checkCancellation()
            guard part.pieces.count > 1 else {
                if error.failures.contains(where: { $0.error.code == .inColdStorage }) {
                    report?.isCold(part.pack)
                    if postponesCold {
                        for (file, _) in part.pieces[0].destinations { file.postpone() }
                        return
                    }
                }
                for (file, _) in part.pieces[0].destinations { file.fail(error.description) }
                return
            }
            // One damaged chunk must not cost its neighbours, which may be right on different replicas.
            for piece in part.pieces {
                try await restore(PackPart(pack: part.pack, range: piece.reference.range, pieces: [piece]))
            }
        }
    }

    /// The plaintexts, from the first replica that has all of them right.
    func open(_ part: PackPart) async throws(ReplicaSetError) -> [[UInt8]] {
        let reader = ChunkReader(vault: vault.id, contentKey: vault.keys.contentKey)
        var opened: [[UInt8]] = []
        _ = try await vault.replicas.get(
            ObjectName.pack(part.pack).key, range: part.range,
            maximumByteCount: Format.maximumPackByteCount,
            accept: { bytes in
                opened.removeAll()
                return bytes.withUnsafeBytes { sealed in
                    for piece in part.pieces {
                        let start = piece.reference.range.lowerBound - part.range.lowerBound
                        let chunk = UnsafeRawBufferPointer(
                            rebasing: sealed[start..<(start + piece.reference.range.count)])
                        guard let plaintext = try? reader.open(chunk, piece.reference, role: .content) else {
                            return false
                        }
                        opened.append(plaintext)
                    }
                    return true
                }
            })
        return opened
    }

    private func write(_ part: PackPart, _ opened: [[UInt8]]) async throws {
        try await BlockingWork.run {
            for (piece, plaintext) in zip(part.pieces, opened) {
                for (file, offset) in piece.destinations {
                    try plaintext.withUnsafeBytes { try file.write($0, at: offset) }
                }
            }
        }
    }
}
