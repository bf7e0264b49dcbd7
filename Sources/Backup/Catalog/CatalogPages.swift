internal import Crypto
internal import GRDB
internal import Vault

extension Catalog {
    /// The pages of the collection's base, in order, without their bytes.
    func pages(of collection: CatalogCollection, generation: Int64, keys: VaultKeys) throws
        -> [(id: Int64, page: Snapshot.PageReference)]
    {
        let box = CatalogKeyBox(keys: keys)
        return try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT page.id, last_path, entry_count, pack.digest, offset, length, plaintext, is_compressed, key,
                        chunk_id
                    FROM page JOIN pack ON pack.id = page.pack
                    WHERE collection = ? AND added <= ? AND (removed IS NULL OR removed > ?) ORDER BY last_path
                    """, arguments: [collection.id, generation, generation])
            var pages: [(id: Int64, page: Snapshot.PageReference)] = []
            while let row = try rows.next() {
                guard let path = EntryPath(sortBytes: row.bytes(1)), let pack = SHA256Digest(row.bytes(3))
                else {
                    throw DatabaseError(message: "a page's row is damaged")
                }
                var reference = Reference(
                    locked: pack, offset: row[4], length: row[5], plaintext: row[6], isCompressed: row[7],
                    chunkID: SHA256Digest(row.bytes(9)))
                try (row.bytes(8)).withUnsafeBytes { try box.open($0, into: &reference) }
                pages.append(
                    (
                        row[0],
                        Snapshot.PageReference(reference: reference, lastPath: path, entryCount: row[2])
                    ))
            }
            return pages
        }
    }

    /// A page as it is stored, for a run that has to change it.
    func sealedPage(_ id: Int64) throws -> [UInt8]? {
        try database.read {
            try Blob.fetchOne($0, sql: "SELECT sealed FROM page WHERE id = ?", arguments: [id])?.bytes
        }
    }

    /// The same of a page that is there, of whichever collection; nil where the catalog has no copy of it.
    func sealedPage(at reference: Reference) throws -> [UInt8]? {
        try database.read {
            try Blob.fetchOne(
                $0,
                sql: """
                    SELECT sealed FROM page WHERE pack = (SELECT id FROM pack WHERE digest = ?)
                    AND offset = ? AND length = ? LIMIT 1
                    """,
                arguments: [
                    Blob(reference.pack.bytes), Int64(reference.offset), Int64(reference.length),
                ])?.bytes
        }
    }

    /// Writes down pages of the coming generation, whose packs are in the catalog.
    func add(_ pages: [NewPage], to collection: CatalogCollection, keys: VaultKeys) throws {
        let box = CatalogKeyBox(keys: keys)
        try database.write { database in
            for new in pages {
                let reference = new.page.reference
                try database.cachedStatement(
                    sql: """
                        INSERT INTO page (collection, last_path, entry_count, pack, offset, length, plaintext,
                            is_compressed, key, sealed, added, chunk_id)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    collection.id, Blob(new.page.lastPath.sortBytes), new.page.entryCount,
                    Self.packRow(reference.pack, in: database), Int64(reference.offset),
                    Int64(reference.length), Int64(reference.plaintextByteCount), reference.isCompressed,
                    Blob(box.seal(reference)), Blob(new.sealed), collection.generation + 1,
                    reference.chunkID.map { Blob($0.bytes) },
                ])
                let page = database.lastInsertedRowID
                let insert = try database.cachedStatement(
                    sql: "INSERT OR IGNORE INTO page_pack (page, pack) VALUES (?, ?)")
                for pack in new.neededPacks.union([reference.pack]) {
                    try insert.execute(arguments: [page, Self.packRow(pack, in: database)])
                }
                try database.cachedStatement(
                    sql: "INSERT OR IGNORE INTO learned_page (pack, offset) VALUES (?, ?)"
                ).execute(arguments: [Blob(reference.pack.bytes), Int64(reference.offset)])
            }
        }
    }

    /// Writes down which packs the lists in `list` need.
    func record(packs: Set<SHA256Digest>, listedIn list: SHA256Digest) throws {
        try database.write { database in
            let listRow = try Self.packRow(list, in: database)
            for pack in packs {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO list_pack (list, pack) VALUES (?, ?)",
                    arguments: [listRow, Self.packRow(pack, in: database)])
            }
        }
    }

    func packsListed(in list: SHA256Digest) throws -> Set<SHA256Digest> {
        try database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT named.digest FROM list_pack JOIN pack AS named ON named.id = list_pack.pack
                    JOIN pack AS list ON list.id = list_pack.list WHERE list.digest = ?
                    """, arguments: [Blob(list.bytes)])
            return Set(rows.compactMap { SHA256Digest($0.bytes(0)) })
        }
    }

    /// The page that was written down last, of any collection.
    func newestPage() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT coalesce(max(id), 0) FROM page")! }
    }

    /// Whether the replica has confirmed every pack that the collection's pages up to one need, replaced or not, but
    /// for `lost`.
    func hasEveryPack(
        ofPagesUpTo lastPage: Int64, in collection: CatalogCollection, _ replica: CatalogReplica,
        except lost: Set<SHA256Digest>
    ) throws -> Bool {
        try database.read { database in
            let missing = try Row.fetchCursor(
                database,
                sql: """
                    SELECT pack.digest FROM page JOIN page_pack ON page_pack.page = page.id
                    JOIN pack ON pack.id = page_pack.pack
                    WHERE page.collection = ? AND page.id <= ? AND pack.confirmed & ? = 0
                    """, arguments: [collection.id, lastPage, replica.bit])
            while let row = try missing.next() {
                guard let digest = SHA256Digest(row.bytes(0)), lost.contains(digest) else { return false }
            }
            return true
        }
    }

    /// Marks a page of the base as replaced in the coming generation.
    func remove(page id: Int64, from collection: CatalogCollection) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE page SET removed = ? WHERE id = ?", arguments: [collection.generation + 1, id])
        }
    }
}

/// A page that is in a closed pack.
struct NewPage: Sendable {
    let page: Snapshot.PageReference
    let sealed: [UInt8]
    /// The packs that hold its entries' content and lists.
    let neededPacks: Set<SHA256Digest>
}
