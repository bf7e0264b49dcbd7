internal import Crypto
internal import GRDB
internal import GRDBSQLite
internal import Glibc
internal import Vault

/// A collection as the catalog knows it: the snapshot that its rows describe.
struct CatalogCollection: Sendable, FetchableRecord {
    let id: Int64
    let identifier: CollectionID
    let name: String
    /// The snapshot whose entries and pages the rows are; nil when there are none.
    let base: SnapshotID?
    let generation: Int64
    /// A run has begun to write and has not finished: the rows of entries are of no use.
    let isDirty: Bool

    init(row: Row) throws {
        id = row["id"]
        guard let identifier = CollectionID(row.bytes("identifier")) else {
            throw DatabaseError(message: "a collection's id is damaged")
        }
        self.identifier = identifier
        name = row["name"]
        base = (row["base"] as String?).flatMap { SnapshotID($0) }
        generation = row["generation"]
        isDirty = row["is_dirty"]
    }
}

/// A page of the base snapshot.
struct CatalogPage: Sendable {
    let id: Int64
    let page: Snapshot.PageReference
    let sealed: [UInt8]
}

/// What decides whether a file is unchanged.
struct EntryStatus: Hashable, Sendable {
    var kind: UInt8
    var size: Int64
    var modified: Int64
    var changed: Int64
}

extension Catalog {
    func collection(_ identifier: CollectionID, name: String) throws -> CatalogCollection {
        try database.write { database in
            try database.execute(
                sql:
                    "INSERT INTO collection (identifier, name) VALUES (?, ?) ON CONFLICT (identifier) DO NOTHING",
                arguments: [Blob(identifier.bytes), name])
            return try CatalogCollection.fetchOne(
                database, sql: "SELECT * FROM collection WHERE identifier = ?",
                arguments: [Blob(identifier.bytes)])!
        }
    }

    /// Marks the collection's rows as being written, until `commit` or `clear`.
    func beginWriting(_ collection: CatalogCollection) throws {
        try database.write { database in
            try database.execute(
                sql: "UPDATE collection SET is_dirty = 1 WHERE id = ?", arguments: [collection.id])
        }
    }

    /// Takes back the pages of a run that did not come to its end. The entries stay unusable.
    func forgetUncommittedPages(of collection: CatalogCollection) throws {
        try database.write { database in
            try Self.deletePages(
                "collection = ? AND added > ?", [collection.id, collection.generation], in: database)
            try database.execute(
                sql: "UPDATE page SET removed = NULL WHERE collection = ?", arguments: [collection.id])
        }
    }

    /// Removes all rows of the collection, before they are filled from another snapshot.
    func clear(_ collection: CatalogCollection) throws {
        try database.write { database in
            try Self.deletePages("collection = ?", [collection.id], in: database)
            try database.execute(sql: "DELETE FROM entry WHERE collection = ?", arguments: [collection.id])
            try database.execute(
                sql: "UPDATE collection SET is_dirty = 0, base = NULL WHERE id = ?",
                arguments: [collection.id])
        }
    }

    func clearEntries(of collection: CatalogCollection) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM entry WHERE collection = ?", arguments: [collection.id])
        }
    }

    /// The rows are those of the base again.
    func markClean(_ collection: CatalogCollection) throws {
        try database.write {
            try $0.execute(sql: "UPDATE collection SET is_dirty = 0 WHERE id = ?", arguments: [collection.id])
        }
    }

    /// Makes what was written the collection's base.
    func commit(_ collection: CatalogCollection, base: SnapshotID) throws {
        try database.write { database in
            let generation = collection.generation + 1
            try Self.deletePages(
                "collection = ? AND removed IS NOT NULL", [collection.id], in: database)
            try database.execute(
                sql: "UPDATE collection SET is_dirty = 0, base = ?, generation = ? WHERE id = ?",
                arguments: [base.description, generation, collection.id])
        }
    }

    /// Where the rows are those of `old`, lets them be those of a snapshot with the same content.
    func rebase(_ collection: CollectionID, from old: SnapshotID, to new: SnapshotID) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE collection SET base = ? WHERE identifier = ? AND base = ? AND NOT is_dirty",
                arguments: [new.description, Blob(collection.bytes), old.description])
        }
    }

    private static func deletePages(
        _ condition: String, _ arguments: StatementArguments, in database: Database
    ) throws {
        try database.execute(
            sql: "DELETE FROM page_pack WHERE page IN (SELECT id FROM page WHERE \(condition))",
            arguments: arguments)
        try database.execute(sql: "DELETE FROM page WHERE \(condition)", arguments: arguments)
    }

    // MARK: - Entries

    /// How many of what the rows are, and the size of all files.
    func counts(of collection: CatalogCollection) throws -> ScanCounts {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT kind, count(*), sum(size) FROM entry WHERE collection = ? GROUP BY kind",
                arguments: [collection.id])
            var counts = ScanCounts()
            while let row = try rows.next() {
                switch Entry.Kind(rawValue: row[0]) {
                case .file:
                    (counts.filesTotal, counts.bytesTotal) = (row[1], UInt64(clamping: row[2] as Int64))
                case .directory: counts.directoriesTotal = row[1]
                case .symbolicLink: counts.linksTotal = row[1]
                case nil: break
                }
            }
            return counts
        }
    }

    /// The next rows behind `path`, at most `limit`, in walk order.
    func entries(of collection: CatalogCollection, after path: [UInt8], limit: Int) throws -> EntryBatch {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT path, kind, size, modified, changed FROM entry
                    WHERE collection = ? AND path > ? ORDER BY path LIMIT ?
                    """)
            return try EntryBatch(statement, arguments: [collection.id, Blob(path), limit])
        }
    }

    /// The row of one path; nil where there is none.
    func status(of path: EntryPath, in collection: CatalogCollection) throws -> EntryStatus? {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT path, kind, size, modified, changed FROM entry WHERE collection = ? AND path = ?"
            )
            return try EntryBatch(statement, arguments: [collection.id, Blob(path.sortBytes)]).statuses.first
        }
    }

    /// Applies the changes of one page's entries.
    func write(
        removed: [EntryPath], put: [(path: EntryPath, status: EntryStatus)], in collection: CatalogCollection
    ) throws {
        try database.write { database in
            let delete = try database.cachedStatement(
                sql: "DELETE FROM entry WHERE collection = ? AND path = ?")
            for path in removed { try delete.execute(arguments: [collection.id, Blob(path.sortBytes)]) }
            let insert = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO entry (collection, path, kind, size, modified, changed)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """)
            for (path, status) in put {
                try insert.execute(arguments: [
                    collection.id, Blob(path.sortBytes), status.kind, status.size, status.modified,
                    status.changed,
                ])
            }
        }
    }
}

/// Rows of entries in one piece of memory: a million of them are read on every run.
struct EntryBatch: Sendable {
    private(set) var statuses: [EntryStatus] = []
    private var paths: [UInt8] = []
    private var ends: [Int] = []

    fileprivate init(_ statement: Statement, arguments: StatementArguments) throws {
        // The raw interface: as GRDB's rows the same takes seven times as long.
        try statement.setArguments(arguments)
        let raw = statement.sqliteStatement
        defer { sqlite3_reset(raw) }
        var code = sqlite3_step(raw)
        while code == SQLITE_ROW {
            let length = Int(sqlite3_column_bytes(raw, 0))
            paths.append(
                contentsOf: UnsafeRawBufferPointer(start: sqlite3_column_blob(raw, 0), count: length))
            ends.append(paths.count)
            statuses.append(
                EntryStatus(
                    kind: UInt8(truncatingIfNeeded: sqlite3_column_int(raw, 1)),
                    size: sqlite3_column_int64(raw, 2), modified: sqlite3_column_int64(raw, 3),
                    changed: sqlite3_column_int64(raw, 4)))
            code = sqlite3_step(raw)
        }
        guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    var count: Int { statuses.count }

    /// The path of row `index`, in sort form.
    func path(_ index: Int) -> ArraySlice<UInt8> {
        paths[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// Whether the path of row `index` comes before `other` (-1), is it (0), or comes after it (1).
    func compare(_ index: Int, to other: [UInt8]) -> Int {
        let path = path(index)
        return path.withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                let order = memcmp(left.baseAddress!, right.baseAddress!, min(left.count, right.count))
                return order != 0 ? order.signum() : (left.count - right.count).signum()
            }
        }
    }
}

extension Int32 {
    fileprivate func signum() -> Int { self < 0 ? -1 : self > 0 ? 1 : 0 }
}
