internal import Crypto
internal import ObjectStore
public import Vault

/// A part of what lies in one folder of a snapshot, not below it.
public struct FolderPart: Sendable {
    /// In walk order.
    public let entries: [Entry]
    /// Whether there is more behind the last of them.
    public let hasMore: Bool
}

extension OpenVault {
    /// A snapshot of this vault, to be looked into.
    ///
    /// - Throws: `SelectionError` where this machine knows of no such snapshot, `ReplicaSetError` where no replica has it.
    public func browser(of id: SnapshotID) async throws -> SnapshotBrowser {
        let collection = try collection(ofSnapshot: id)
        let snapshot = try await readSnapshot(id, of: collection)
        return SnapshotBrowser(id: id, snapshot: snapshot, vault: self, collection: collection)
    }

    private func collection(ofSnapshot id: SnapshotID) throws -> CollectionID {
        guard let known = try catalog.snapshots().first(where: { $0.id == id }) else {
            throw SelectionError(
                description: "there is no such snapshot", hint: "photobackup snapshots shows what there is")
        }
        return known.collection
    }
}

/// A snapshot whose folders are looked at one at a time: of a million files, only those pages are read that hold what
/// is shown.
public struct SnapshotBrowser: Sendable {
    public let id: SnapshotID
    public let snapshot: Snapshot
    fileprivate let vault: OpenVault
    fileprivate let collection: CollectionID

    /// What is in `folder`, or at the top, behind `position`: at most `limit` entries.
    ///
    /// What lies deeper is passed over without being read: row by row where the catalog has the snapshot's rows, and else
    /// page by page. Only the path, kind, size and modification time of an entry can be relied on.
    ///
    /// - Throws: `ReplicaSetError`, `VaultError`.
    public func part(of folder: EntryPath?, after position: EntryPath?, limit: Int) async throws -> FolderPart
    {
        let known = try vault.catalog.part(
            of: folder, after: position, limit: limit, in: collection, base: id)
        if let known { return known }
        return try await readPart(of: folder, after: position, limit: limit)
    }

    /// The same from the snapshot's pages.
    func readPart(of folder: EntryPath?, after position: EntryPath?, limit: Int) async throws -> FolderPart {
        var entries: [Entry] = []
        // What has been shown, or passed over, ends with all that lies below this.
        var passed = position
        for (index, page) in snapshot.pages.enumerated() {
            if let folder, page.lastPath < folder { continue }
            if let passed, page.lastPath <= passed || page.lastPath.isWithin(passed) { continue }
            let previous = index > 0 ? snapshot.pages[index - 1].lastPath : nil
            if let folder, let previous, folder < previous, !previous.isWithin(folder) { break }
            for entry in try await vault.readBrowsedPage(page) {
                if let folder, entry.path == folder || !entry.path.isWithin(folder) { continue }
                if let passed, entry.path <= passed || entry.path.isWithin(passed) { continue }
                guard entry.path.parent == folder else { continue }
                if entries.count == limit { return FolderPart(entries: entries, hasMore: true) }
                entries.append(entry)
                passed = entry.path
            }
        }
        return FolderPart(entries: entries, hasMore: false)
    }

    /// The file of that path, with what its content is made of; nil where there is none.
    public func file(_ path: EntryPath) async throws -> SelectedFile? {
        guard let page = snapshot.pages.first(where: { path <= $0.lastPath }),
            let entry = try await vault.readBrowsedPage(page).first(where: { $0.path == path }),
            entry.kind == .file
        else { return nil }
        return SelectedFile(entry: entry, references: try await vault.references(of: entry))
    }
}

extension OpenVault {
    /// The snapshots that this machine knows of, oldest first, without a look at the replicas.
    public func knownSnapshots() throws -> [SnapshotSummary] {
        try catalog.snapshots().map { snapshot in
            SnapshotSummary(
                id: snapshot.id, collection: snapshot.collectionName, host: snapshot.host,
                finished: snapshot.finished, fileCount: snapshot.fileCount, byteCount: snapshot.byteCount,
                unreadableCount: snapshot.unreadableCount, tags: snapshot.tags,
                isCheckpoint: snapshot.isCheckpoint)
        }
    }

    /// A page, from the catalog where it is one of a collection's base, else from a replica.
    fileprivate func readBrowsedPage(_ page: Snapshot.PageReference) async throws -> [Entry] {
        guard let sealed = try catalog.sealedPage(at: page.reference) else { return try await readPage(page) }
        return try openKept(sealed, page)
    }
}
