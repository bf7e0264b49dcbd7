internal import Replicator
internal import Vault

// Reads what a snapshot is made of, each part from the first replica that has it right.

extension OpenVault {
    /// The snapshot of that name, from the first replica that has it right; its signature is checked.
    func readSnapshot(_ id: SnapshotID, of collection: CollectionID, from order: [Int]? = nil) async throws
        -> Snapshot
    {
        let key = ObjectName.snapshot(collection, id.time, id.digest).key
        let bytes = try await replicas.getVerified(
            key, maximumByteCount: Format.maximumObjectByteCount, from: order)
        let sealed = try SealedSnapshot(
            bytes.array, vault: self.id, key: keyring.signingKey.publicKey, subject: key.rawValue)
        return try sealed.open(as: id, of: collection, keys: keys)
    }

    func readPage(_ page: Snapshot.PageReference, from order: [Int]? = nil) async throws -> [Entry] {
        try Page.decode(await readMeta(page.reference, role: .page, from: order))
    }

    /// The references of a file's content in order, also where they are in lists.
    func references(of entry: Entry, from order: [Int]? = nil) async throws -> [Reference] {
        var references = entry.content
        for list in entry.contentLists {
            references += try Page.decodeList(await readMeta(list, role: .referenceList, from: order))
        }
        return references
    }
}
