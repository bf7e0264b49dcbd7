internal import GRDB
internal import GRDBSQLite
internal import ObjectStore
internal import Replicator
internal import Vault

/// What the catalog says of all files at once, for a page that is looked at.
extension Catalog {
    /// How much a replica has confirmed.
    struct Holdings: Sendable {
        let objectCount: Int
        let byteCount: Int64
        /// When the newest inventory or snapshot that it shows was written.
        let lastWrite: UTCTime?
    }

    func holdings(of replica: CatalogReplica) throws -> Holdings {
        try database.read { database in
            func total(_ table: String) throws -> (count: Int, byteCount: Int64) {
                let row = try Row.fetchOne(
                    database,
                    sql:
                        "SELECT count(*), coalesce(sum(byte_count), 0) FROM \(table) WHERE confirmed & ? <> 0",
                    arguments: [replica.bit])!
                return (row[0], row[1])
            }
            let (packs, objects) = (try total("pack"), try total("object"))
            // A name ends with its time, a hyphen and 64 digits.
            let newest = try String.fetchOne(
                database,
                sql: """
                    SELECT max(substr(name, -80, 15)) FROM object WHERE confirmed & ? <> 0
                    AND (name GLOB '\(ObjectName.inventoryPrefix)*' OR name GLOB '\(ObjectName.snapshotsPrefix)*')
                    """, arguments: [replica.bit])
            return Holdings(
                objectCount: packs.count + objects.count, byteCount: packs.byteCount + objects.byteCount,
                lastWrite: newest.flatMap { UTCTime($0) })
        }
    }

    /// Every collection that the catalog describes.
    func collections() throws -> [CatalogCollection] {
        try database.read {
            try CatalogCollection.fetchAll($0, sql: "SELECT * FROM collection ORDER BY name")
        }
    }

    /// A page of a collection's base, what it is known by for good, and how many places hold all that it needs.
    struct PageStanding {
        let content: PageContent
        let lastPath: [UInt8]
        let placeCount: Int
    }

    /// Where a page is, which no other page ever is.
    struct PageContent: Hashable {
        let collection: Int64
        let pack: Int64
        let offset: Int64
    }

    /// The pages of the collection's base in order. A pack that a check found wrong on a replica does not count there.
    ///
    /// - Parameter places: the replicas of each place.
    func pageStandings(of collection: CatalogCollection, places: [[CatalogReplica]]) throws -> [PageStanding]
    {
        let wrong = try damagedPacks()
        let held = places.map { replicas in
            "(held & \(replicas.reduce(0) { $0 | $1.bit }) <> 0)"
        }.joined(separator: " + ")
        let damage =
            wrong.isEmpty
            ? "SELECT 0, 0 WHERE 0"
            : "VALUES " + wrong.map { "(\($0.key), \($0.value))" }.joined(separator: ", ")
        return try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    WITH damaged (pack, bits) AS (\(damage))
                    SELECT page.pack, page.offset, page.last_path, (
                        SELECT min(\(held.isEmpty ? "0" : held)) FROM (
                            SELECT pack.confirmed & ~coalesce(damaged.bits, 0) AS held
                            FROM page_pack JOIN pack ON pack.id = page_pack.pack
                            LEFT JOIN damaged ON damaged.pack = pack.id WHERE page_pack.page = page.id))
                    FROM page WHERE collection = ? AND added <= ? AND (removed IS NULL OR removed > ?)
                    ORDER BY last_path
                    """, arguments: [collection.id, collection.generation, collection.generation]
            ).map { row in
                PageStanding(
                    content: PageContent(collection: collection.id, pack: row[0], offset: row[1]),
                    lastPath: row.bytes(2), placeCount: row[3] ?? 0)
            }
        }
    }

    /// The packs that are known to be lost or altered, and the bits of the replicas where they are.
    private func damagedPacks() throws -> [Int64: Int64] {
        try database.read { database in
            var packs: [Int64: Int64] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT name, replica, kind FROM finding") {
                guard let key = ObjectKey(row[0] as String), let digest = ObjectName(key)?.packDigest,
                    Discrepancy.Kind(rawValue: row[2])?.isDamage ?? true,
                    let pack = try Int64.fetchOne(
                        database, sql: "SELECT id FROM pack WHERE digest = ?", arguments: [Blob(digest.bytes)]
                    )
                else { continue }
                packs[pack, default: 0] |= 1 << (row[1] as Int64)
            }
            return packs
        }
    }

    /// What the rows say of a file for an overview.
    struct FileRow {
        /// The top folder's name.
        let root: ArraySlice<UInt8>
        let size: Int64
        let modified: Int64
        /// As `PictureFacts.taken`; nil where it is not known.
        let taken: Int64?
    }

    /// Calls `body` with every file of a collection whose path is behind `first` and not behind `last`, in order.
    func forEachFile(
        of collection: CatalogCollection, after first: [UInt8], upTo last: [UInt8],
        _ body: (FileRow) -> Void
    ) throws {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT path, size, modified, taken FROM entry
                    WHERE collection = ? AND path > ? AND path <= ? AND kind = ? ORDER BY path
                    """)
            // The raw interface, as where entries are read for a run: they are a million.
            try statement.setArguments([collection.id, Blob(first), Blob(last), Entry.Kind.file.rawValue])
            let raw = statement.sqliteStatement
            defer { sqlite3_reset(raw) }
            var root: [UInt8] = []
            var code = sqlite3_step(raw)
            while code == SQLITE_ROW {
                let path = UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(raw, 0), count: Int(sqlite3_column_bytes(raw, 0)))
                if !(path.count > root.count && path[root.count] == 0 && path.starts(with: root)) {
                    root = Array(path.prefix { $0 != 0 })
                }
                let isTakenKnown = sqlite3_column_type(raw, 3) != SQLITE_NULL
                body(
                    FileRow(
                        root: root[...], size: sqlite3_column_int64(raw, 1),
                        modified: sqlite3_column_int64(raw, 2),
                        taken: isTakenKnown ? sqlite3_column_int64(raw, 3) : nil))
                code = sqlite3_step(raw)
            }
            guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
    }
}
