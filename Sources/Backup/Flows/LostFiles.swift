internal import Crypto
internal import Replicator
public import Vault

/// A file whose content no replica has whole any more.
public struct LostFile: Sendable {
    public let collection: String
    /// The newest snapshot of one machine that needs it.
    public let snapshot: SnapshotID
    /// Of a page that is lost itself: the last path in it.
    public let path: EntryPath
    /// How many entries are lost up to `path`, when it is a page that is lost; else nil.
    public let entryCount: Int?
}

/// Finds the files that packs cost which no replica has any more: in the newest snapshot of each collection and
/// machine.
///
/// For the snapshot whose pages the catalog has, only the pages in question are opened; those of others are fetched.
struct LostFiles {
    let vault: OpenVault

    func find(_ onFile: (LostFile) -> Void) async throws {
        let lost = try vault.catalog.digests(of: vault.catalog.lostPacks(vault.catalogReplicas))
        guard !lost.isEmpty else { return }
        for head in try vault.catalog.heads() {
            let row = try vault.catalog.collection(head.collection, name: head.collectionName)
            if row.base == head.id, !row.isDirty {
                try await findInCatalog(row, head, lost, onFile)
            } else {
                try await findOnReplicas(head, lost, onFile)
            }
        }
    }

    private func findInCatalog(
        _ row: CatalogCollection, _ head: CatalogSnapshot, _ lost: Set<SHA256Digest>,
        _ onFile: (LostFile) -> Void
    ) async throws {
        let doomed = try DoomedPacks(of: row, in: vault.catalog, replicas: vault.catalogReplicas)
        let pages = try vault.catalog.pages(of: row, generation: row.generation, keys: vault.keys)
        for (id, page) in pages where doomed.pages.contains(id) {
            try Task.checkCancellation()
            if lost.contains(page.reference.pack) {
                onFile(LostFile(page, of: head))
                continue
            }
            guard let sealed = try vault.catalog.sealedPage(id) else { continue }
            for entry in try vault.openKept(sealed, page) where try doomed.holdLost(entry) {
                onFile(LostFile(entry.path, of: head))
            }
        }
    }

    private func findOnReplicas(
        _ head: CatalogSnapshot, _ lost: Set<SHA256Digest>, _ onFile: (LostFile) -> Void
    ) async throws {
        let snapshot: Snapshot
        do {
            snapshot = try await vault.readSnapshot(head.id, of: head.collection)
        } catch let error as ReplicaSetError where error.code != .cancelled {
            return  // Named as an object already.
        }
        for page in snapshot.pages {
            do {
                for entry in try await vault.readPage(page) where try await needs(entry, anyOf: lost) {
                    onFile(LostFile(entry.path, of: head))
                }
            } catch let error as ReplicaSetError where error.code != .cancelled {
                onFile(LostFile(page, of: head))
            }
        }
    }

    private func needs(_ entry: Entry, anyOf lost: Set<SHA256Digest>) async throws -> Bool {
        if entry.content.contains(where: { lost.contains($0.pack) }) { return true }
        if entry.contentLists.contains(where: { lost.contains($0.pack) }) { return true }
        guard !entry.contentLists.isEmpty else { return false }
        return try await vault.references(of: entry).contains { lost.contains($0.pack) }
    }
}

extension LostFile {
    fileprivate init(_ path: EntryPath, of head: CatalogSnapshot) {
        self.init(collection: head.collectionName, snapshot: head.id, path: path, entryCount: nil)
    }

    fileprivate init(_ page: Snapshot.PageReference, of head: CatalogSnapshot) {
        self.init(
            collection: head.collectionName, snapshot: head.id, path: page.lastPath,
            entryCount: page.entryCount)
    }
}
