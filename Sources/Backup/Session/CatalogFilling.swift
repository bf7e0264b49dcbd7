internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// A collection whose rows in the catalog are those of the snapshot that the next one is made from.
struct PreparedCollection: Sendable {
    let row: CatalogCollection
    /// nil when there is none that can be read.
    let base: SnapshotID?
    /// Pages of the base that no replica has any more.
    let lostPages: [Snapshot.PageReference]
}

extension OpenVault {
    /// Makes the catalog's rows of the collection those of the first of `candidates` that can be read, or none.
    ///
    /// What no replica has any more, a snapshot or some of its pages, is named and passed over: what the source still
    /// has is stored anew. A replica that does not answer is no reason to pass over anything.
    ///
    /// - Parameter candidates: newest first.
    /// - Throws: `ReplicaSetError` when a replica that may have it does not answer.
    func prepare(
        _ collection: CatalogCollection, from candidates: [SnapshotID], warn: WarningHandler
    ) async throws -> PreparedCollection {
        var lostPages: [Snapshot.PageReference] = []
        var base = candidates.first
        if collection.base != base || collection.isDirty || base == nil {
            (base, lostPages) = try await fill(collection, from: candidates, warn: warn)
        }
        let filled = try catalog.collection(collection.identifier, name: collection.name)
        try await BlockingWork.run { [self] in try unsettleDoomed(in: filled) }
        return PreparedCollection(
            row: filled, base: base, lostPages: lostPages)
    }

    private func fill(
        _ collection: CatalogCollection, from candidates: [SnapshotID], warn: WarningHandler
    ) async throws -> (base: SnapshotID?, lostPages: [Snapshot.PageReference]) {
        if collection.isDirty, let base = collection.base, base == candidates.first {
            try catalog.forgetUncommittedPages(of: collection)
            try await BlockingWork.run { [self] in try refillEntries(of: collection) }
            return (base, [])
        }
        try catalog.clear(collection)
        for base in candidates {
            do {
                let snapshot = try await readSnapshot(base, of: collection.identifier)
                return (base, try await fill(collection, with: snapshot, base, warn: warn))
            } catch let error as ReplicaSetError where error.isOfBytes {
                try noteWrong(error, byteCount: nil)
                warn(
                    Warning(
                        what: "snapshot \(base.short) of \(collection.name)",
                        why: "no replica has it any more; the one before it takes its place"))
            }
        }
        return (nil, [])
    }

    private func fill(
        _ collection: CatalogCollection, with snapshot: Snapshot, _ base: SnapshotID, warn: WarningHandler
    ) async throws -> [Snapshot.PageReference] {
        var lost: [Snapshot.PageReference] = []
        try catalog.beginWriting(collection)
        for page in snapshot.pages {
            do {
                let sealed = try await readSealed(page.reference)
                let entries = try open(sealed, page)
                try await addBasePage(
                    page, sealed: sealed, entries: entries, started: snapshot.started, to: collection)
            } catch let error as ReplicaSetError where error.isOfBytes {
                try noteWrong(error, byteCount: nil)
                lost.append(page)
                warn(
                    Warning(
                        what:
                            "\(collection.name), the \(page.entryCount) entries up to \(displayed(page.lastPath))",
                        why: "no replica has the list of them any more; what the source has is stored anew"))
            }
        }
        try catalog.commit(collection, base: base)
        return lost
    }

    /// Rows of entries from the catalog's own copies of the pages, after a run that did not come to its end.
    private func refillEntries(of collection: CatalogCollection) throws {
        try catalog.clearEntries(of: collection)
        for (id, page) in try catalog.pages(of: collection, generation: collection.generation, keys: keys) {
            guard let sealed = try catalog.sealedPage(id) else { continue }
            try writeRows(try openKept(sealed, page), to: collection)
        }
        try catalog.markClean(collection)
    }

    /// Lets no file count as unchanged whose content has a tombstone, so that it is read and stored anew.
    private func unsettleDoomed(in collection: CatalogCollection) throws {
        let doomed = try DoomedPacks(of: collection, in: catalog, replicas: catalogReplicas)
        guard !doomed.pages.isEmpty else { return }
        let pages = try catalog.pages(of: collection, generation: collection.generation, keys: keys)
        for (id, page) in pages where doomed.pages.contains(id) {
            guard let sealed = try catalog.sealedPage(id) else { continue }
            let entries = try openKept(sealed, page).filter { try doomed.hold($0) }
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
                    (try? pageReader.open($0, reference, role: .page)) != nil
                }
            })
        return bytes.array
    }

    private var pageReader: ChunkReader { ChunkReader(vault: id, contentKey: keys.contentKey) }

    func open(_ sealed: [UInt8], _ page: Snapshot.PageReference) throws -> [Entry] {
        try Page.decode(
            sealed.withUnsafeBytes {
                try pageReader.open($0, page.reference, role: .page)
            })
    }

    /// A page of which the catalog has kept a copy.
    ///
    /// - Throws: `CatalogError` where the copy is not the page.
    func openKept(_ sealed: [UInt8], _ page: Snapshot.PageReference) throws -> [Entry] {
        do { return try open(sealed, page) } catch {
            throw catalog.damage("its copy of a page is not the page")
        }
    }

    /// - Parameter started: when the run began that made the snapshot, in nanoseconds since 1970.
    private func addBasePage(
        _ page: Snapshot.PageReference, sealed: [UInt8], entries: [Entry], started: Int64,
        to collection: CatalogCollection
    ) async throws {
        let lists = entries.flatMap(\.contentLists)
        var content = Set(entries.flatMap(\.content).map(\.pack))
        let meta = Set(lists.map(\.pack)).union([page.reference.pack])
        try await takeUpUnnamed(meta, isMeta: true)
        for list in lists {
            do {
                let listed = try Page.decodeList(await readMeta(list, role: .referenceList))
                let packs = Set(listed.map(\.pack))
                try await takeUpUnnamed(packs, isMeta: false)
                try catalog.record(packs: packs, listedIn: list.pack)
                content.formUnion(packs)
            } catch let error as ReplicaSetError where error.isOfBytes {
                // Known to be lost then, so that the file is read and stored anew.
                try noteWrong(error, byteCount: nil)
            }
        }
        try await takeUpUnnamed(content, isMeta: false)
        let needed = content.union(meta)
        try catalog.add(
            [NewPage(page: page, sealed: sealed, neededPacks: needed)], to: collection, keys: keys)
        // When each file was opened is not known here, but it was after the beginning of the run.
        try catalog.write(
            removed: [], put: entries.map { ($0.path, EntryStatus($0, openedAt: started)) }, in: collection)
    }

    private func writeRows(_ entries: [Entry], to collection: CatalogCollection) throws {
        try catalog.write(
            removed: [], put: entries.map { ($0.path, EntryStatus($0)) }, in: collection)
    }
}

extension Snapshot.PageReference {
    /// As a snapshot names files that could not be read: here all that the page listed.
    var lostEntries: Snapshot.Unreadable {
        Snapshot.Unreadable(
            path: lastPath,
            reason: "no replica has the list of the \(entryCount) entries up to this one any more")
    }
}
