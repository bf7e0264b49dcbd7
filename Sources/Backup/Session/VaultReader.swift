public import Crypto
public import Replicator
public import Vault

/// Reads what a snapshot is made of, each part from the first replica that has it right: with the keys that are in the
/// snapshot, and no other.
public struct VaultReader: Sendable {
    let vault: VaultID
    package let replicas: ReplicaSet
    /// Content is compared with its ids too where it is there; a recipient has none.
    let contentKey: SecretBytes?

    public init(vault: VaultID, replicas: ReplicaSet, contentKey: SecretBytes?) {
        self.vault = vault
        self.replicas = replicas
        self.contentKey = contentKey
    }

    /// Whose entries these are: only the owner of a vault has its contentKey.
    var origin: EntryOrigin { contentKey == nil ? .others : .ownVault }

    /// Opens one chunk that is no content: a page or a list.
    ///
    /// - Throws: `ReplicaSetError` with every replica's failure.
    func readMeta(
        _ reference: Reference, role: ChunkRole, from order: [Int]? = nil
    ) async throws -> [UInt8] {
        let reader = ChunkReader(vault: vault, contentKey: contentKey)
        var plaintext: [UInt8]?
        _ = try await replicas.get(
            ObjectName.metaPack(reference.pack).key, range: reference.range,
            maximumByteCount: Format.maximumPackByteCount, from: order,
            accept: { bytes in
                plaintext = bytes.withUnsafeBytes { try? reader.open($0, reference, role: role) }
                return plaintext != nil
            })
        guard let plaintext else { preconditionFailure("an accepted answer was opened") }
        return plaintext
    }

    package func readPage(_ page: Snapshot.PageReference, from order: [Int]? = nil) async throws -> [Entry] {
        try Page.decode(await readMeta(page.reference, role: .page, from: order))
    }

    /// Opens one chunk of content.
    ///
    /// - Throws: `ReplicaSetError` with every replica's failure.
    package func readContent(_ reference: Reference) async throws(ReplicaSetError) -> [UInt8] {
        let piece = PackPart.Piece(reference: reference, destinations: [])
        let part = PackPart(pack: reference.pack, range: reference.range, pieces: [piece])
        return try await PackPartReader(reader: self).open(part)[0]
    }

    /// The references of a file's content in order, also where they are in lists.
    package func references(of entry: Entry, from order: [Int]? = nil) async throws -> [Reference] {
        var references = entry.content
        for list in entry.contentLists {
            references += try Page.decodeList(await readMeta(list, role: .referenceList, from: order))
        }
        return references
    }

    /// The entries of a snapshot that are meant, in walk order, one after the other.
    ///
    /// - Returns: the snapshot, with the named paths that it does not have.
    /// - Throws: `SelectionError` when nothing is; `ReplicaSetError`, `VaultError`.
    public func list(
        _ found: FoundSnapshot, _ selection: EntrySelection, onEntry: (Entry) -> Void
    ) async throws -> FoundSnapshot {
        var found = found
        let resolved = try await resolve(selection, in: found.snapshot)
        found.missing = resolved.missing
        var entries = SnapshotEntries(
            reader: self, snapshot: found.snapshot, selection: resolved.selection)
        var isAnythingMeant = false
        while let entry = try await entries.next() {
            isAnythingMeant = isAnythingMeant || resolved.selection.means(entry)
            onEntry(entry)
        }
        guard isAnythingMeant || selection.isEverything else { throw SelectionError.nothingMeant }
        return found
    }
}
