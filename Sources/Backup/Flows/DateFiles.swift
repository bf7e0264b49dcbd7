internal import GRDB
internal import Vault

extension OpenVault {
    /// Finds out when pictures of every collection's newest state were taken, for the next overview: from what the catalog knows
    /// of them, else from the files, where `look` comes by them. What it cannot find out keeps the day of its last change.
    ///
    /// Goes through each state of a collection once, and through those that a run is writing not at all.
    ///
    /// - Parameter memory: as given to the overview, which counts anew what has changed.
    /// - Throws: `CatalogError`, what `look` throws, `CancellationError`.
    public func dateFiles(_ look: PictureLook, _ memory: OverviewMemory) async throws {
        for collection in try catalog.collections() where collection.base != nil && !collection.isDirty {
            guard memory.beginDating(collection) else { continue }
            defer { memory.forget(collection) }
            let pictures = try PictureFinding(vault: self, look: look, collection: collection.name)
            let pages = try await BlockingWork.run { [self] in
                try catalog.pages(of: collection, generation: collection.generation, keys: keys)
            }
            var first: [UInt8] = []
            for (id, page) in pages {
                let last = page.lastPath.sortBytes
                let entries = try await BlockingWork.run { [self, first] in
                    try undatedPictures(of: collection, page: id, page, after: first)
                }
                try await date(entries, in: collection, pictures)
                first = last
            }
        }
    }

    /// The pictures of a page of which the rows do not say when they were taken.
    private func undatedPictures(
        of collection: CatalogCollection, page id: Int64, _ page: Snapshot.PageReference, after first: [UInt8]
    ) throws -> [Entry] {
        let undated = try catalog.undatedFiles(of: collection, after: first, upTo: page.lastPath.sortBytes)
            .filter(PictureFacts.canBeIn)
        guard !undated.isEmpty, let sealed = try catalog.sealedPage(id) else { return [] }
        return try openKept(sealed, page).filter { undated.contains($0.path) }
    }

    private func date(
        _ entries: [Entry], in collection: CatalogCollection, _ pictures: PictureFinding
    ) async throws {
        var rest = entries[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            let batch = Array(rest.prefix(Self.picturesAtOnce))
            rest = rest.dropFirst(batch.count)
            let facts = try await pictures.facts(of: batch)
            let dated = zip(batch, facts).compactMap { entry, facts in facts?.taken.map { (entry, $0) } }
            try await BlockingWork.run { [catalog] in try catalog.record(taken: dated, in: collection) }
        }
    }
}

extension Catalog {
    /// Files of a collection, not empty, of whose rows none says when they were taken.
    fileprivate func undatedFiles(
        of collection: CatalogCollection, after first: [UInt8], upTo last: [UInt8]
    ) throws -> Set<EntryPath> {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT path FROM entry WHERE collection = ? AND path > ? AND path <= ? AND kind = ?
                    AND taken IS NULL AND size > 0
                    """, arguments: [collection.id, Blob(first), Blob(last), Entry.Kind.file.rawValue])
            var paths: Set<EntryPath> = []
            while let row = try rows.next() {
                if let path = EntryPath(sortBytes: row.bytes(0)) { paths.insert(path) }
            }
            return paths
        }
    }

    /// Writes down when files were taken, where the rows still say the same of them otherwise.
    fileprivate func record(taken dated: [(entry: Entry, taken: Int64)], in collection: CatalogCollection)
        throws
    {
        guard !dated.isEmpty else { return }
        try database.write { database in
            let update = try database.cachedStatement(
                sql:
                    "UPDATE entry SET taken = ? WHERE collection = ? AND path = ? AND size = ? AND modified = ?"
            )
            for (entry, taken) in dated {
                try update.execute(arguments: [
                    taken, collection.id, Blob(entry.path.sortBytes), Int64(clamping: entry.size),
                    entry.modified,
                ])
            }
        }
    }
}
