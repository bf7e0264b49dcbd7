internal import Replicator
internal import Vault

// Reads what a snapshot is made of, each part from the first replica that has it right.

extension OpenVault {
    /// The snapshot of that name, from the first replica that has it right; its signature is checked.
    func readSnapshot(_ id: SnapshotID, of collection: CollectionID, from order: [Int]? = nil) async throws
        -> Snapshot
    {
        try await readSealedSnapshot(id, of: collection, from: order)
            .open(as: id, of: collection, keys: keys)
    }

    /// The same, still sealed.
    func readSealedSnapshot(
        _ id: SnapshotID, of collection: CollectionID, from order: [Int]? = nil
    ) async throws -> SealedSnapshot {
        let key = ObjectName.snapshot(collection, id.time, id.digest).key
        let bytes = try await replicas.getVerified(
            key, maximumByteCount: Format.maximumObjectByteCount, from: order)
        return try SealedSnapshot(
            bytes.array, vault: self.id, key: keyring.signingKey.publicKey, subject: key.rawValue)
    }

    /// As `VaultReader.readMeta`.
    func readMeta(
        _ reference: Reference, role: ChunkRole, from order: [Int]? = nil
    ) async throws -> [UInt8] {
        try await reader.readMeta(reference, role: role, from: order)
    }

    func readPage(_ page: Snapshot.PageReference, from order: [Int]? = nil) async throws -> [Entry] {
        try await reader.readPage(page, from: order)
    }

    /// As `VaultReader.references`.
    func references(of entry: Entry, from order: [Int]? = nil) async throws -> [Reference] {
        try await reader.references(of: entry, from: order)
    }
}
