internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

// Fills the catalog from what the replicas hold: content that need not be stored again, and the rows of the snapshot
// that a collection's next one is made from.

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

    /// Learns the content of the newest snapshots of other machines, or of all when the catalog is new.
    func learnHeads(warn: WarningHandler) async throws {
        for head in try catalog.heads() where !head.isLearned {
            do {
                let snapshot = try await readSnapshot(head.id, of: head.collection)
                for page in snapshot.pages where try !catalog.hasLearned(page.reference) {
                    let entries = try await readPage(page)
                    try await learnChunks(of: entries, page: page.reference)
                }
                try catalog.markLearned(head.id)
            } catch let error as ReplicaSetError where error.code != .cancelled {
                // Its content may be stored a second time; nothing is lost by that.
                warn(
                    Warning(
                        what: "snapshot \(head.id.short) of \(head.collectionName)",
                        why: "cannot be read: \(error)"))
            }
        }
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

    private func learnChunks(of entries: [Entry], page: Reference) async throws {
        var chunks: [Reference] = []
        for entry in entries { chunks += try await references(of: entry) }
        try catalog.learn(chunks, page: page, keys: keys)
    }

    /// Makes the catalog's rows of the collection those of `base`, or none for nil.
    ///
    /// - Returns: the collection as it is then.
    func prepare(_ collection: CatalogCollection, base: SnapshotID?) async throws -> CatalogCollection {
        if collection.base != base || collection.isDirty { try await fill(collection, base: base) }
        let filled = try catalog.collection(collection.identifier, name: collection.name)
        try await BlockingWork.run { [self] in try unsettleDoomed(in: filled) }
        return filled
    }

    private func fill(_ collection: CatalogCollection, base: SnapshotID?) async throws {
        if collection.isDirty, collection.base != nil, collection.base == base {
            try catalog.forgetUncommittedPages(of: collection)
            try await BlockingWork.run { [self] in try refillEntries(of: collection) }
            return
        }
        try catalog.clear(collection)
        guard let base else { return }
        let snapshot = try await readSnapshot(base, of: collection.identifier)
        try catalog.beginWriting(collection)
        for page in snapshot.pages {
            let sealed = try await readSealed(page.reference)
            let entries = try open(sealed, page)
            try await addBasePage(page, sealed: sealed, entries: entries, to: collection)
        }
        try catalog.commit(collection, base: base)
    }

    /// Rows of entries from the catalog's own copies of the pages, after a run that did not come to its end.
    private func refillEntries(of collection: CatalogCollection) throws {
        try catalog.clearEntries(of: collection)
        for (id, page) in try catalog.pages(of: collection, generation: collection.generation, keys: keys) {
            guard let sealed = try catalog.sealedPage(id) else { continue }
            try writeRows(try open(sealed, page), to: collection)
        }
        try catalog.markClean(collection)
    }

    /// Lets no file count as unchanged whose content has a tombstone, so that it is read and stored anew.
    private func unsettleDoomed(in collection: CatalogCollection) throws {
        let doomed = try DoomedPacks(of: collection, in: catalog)
        guard !doomed.pages.isEmpty else { return }
        let pages = try catalog.pages(of: collection, generation: collection.generation, keys: keys)
        for (id, page) in pages where doomed.pages.contains(id) {
            guard let sealed = try catalog.sealedPage(id) else { continue }
            let entries = try open(sealed, page).filter { try doomed.hold($0) }
            try catalog.write(
                removed: [], put: entries.map { ($0.path, EntryStatus.unsettled($0)) }, in: collection)
        }
    }

    private func readSealed(_ reference: Reference) async throws -> [UInt8] {
        let bytes = try await replicas.get(
            ObjectName.metaPack(reference.pack).key, range: reference.range,
            maximumByteCount: Format.maximumPackByteCount,
            accept: { bytes in
                bytes.withUnsafeBytes {
                    (try? ChunkReader(vault: id, contentKey: nil).open($0, reference, role: .page)) != nil
                }
            })
        return bytes.array
    }

    private func open(_ sealed: [UInt8], _ page: Snapshot.PageReference) throws -> [Entry] {
        try Page.decode(
            sealed.withUnsafeBytes {
                try ChunkReader(vault: id, contentKey: nil).open($0, page.reference, role: .page)
            })
    }

    private func addBasePage(
        _ page: Snapshot.PageReference, sealed: [UInt8], entries: [Entry], to collection: CatalogCollection
    ) async throws {
        var needed: Set<SHA256Digest> = []
        for entry in entries {
            for reference in entry.content { needed.insert(reference.pack) }
            for list in entry.contentLists {
                let listed = try Page.decodeList(await readMeta(list, role: .referenceList))
                let packs = Set(listed.map(\.pack))
                try catalog.record(packs: packs, listedIn: list.pack)
                needed.formUnion(packs.union([list.pack]))
            }
        }
        try catalog.add(
            [NewPage(page: page, sealed: sealed, neededPacks: needed)], to: collection, keys: keys)
        try writeRows(entries, to: collection)
    }

    private func writeRows(_ entries: [Entry], to collection: CatalogCollection) throws {
        try catalog.write(
            removed: [], put: entries.map { ($0.path, EntryStatus($0)) }, in: collection)
    }
}
