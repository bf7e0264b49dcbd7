internal import GRDB
internal import Vault

/// Folders of a collection's base, from the rows of its entries.
extension Catalog {
    /// What is in a folder, or at the top, behind a position; nil where the rows are not those of the snapshot `base`.
    ///
    /// One search in the index for each entry: what lies below it is passed over, however much that is.
    func part(
        of folder: EntryPath?, after position: EntryPath?, limit: Int, in identifier: CollectionID,
        base: SnapshotID
    ) throws -> FolderPart? {
        try database.read { database in
            let collection = try CatalogCollection.fetchOne(
                database, sql: "SELECT * FROM collection WHERE identifier = ?",
                arguments: [Blob(identifier.bytes)])
            guard let collection, collection.base == base, !collection.isDirty else { return nil }
            let statement = try database.cachedStatement(
                sql: """
                    SELECT path, kind, size, modified FROM entry
                    WHERE collection = ? AND path >= ? ORDER BY path LIMIT 1
                    """)
            let beginning = folder.map { $0.sortBytes + [0] } ?? []
            var next = position.map(Self.behind) ?? beginning
            var entries: [Entry] = []
            while let row = try Row.fetchOne(statement, arguments: [collection.id, Blob(next)]) {
                let path = row.bytes(0)
                guard path.starts(with: beginning),
                    let child = EntryPath(
                        sortBytes: beginning + path.dropFirst(beginning.count).prefix { $0 != 0 })
                else { break }
                next = Self.behind(child)
                // A folder may have no row of its own.
                guard child.sortBytes == path, let kind = Entry.Kind(rawValue: row[1]) else { continue }
                if entries.count == limit { return FolderPart(entries: entries, hasMore: true) }
                var entry = Entry(path: child, kind: kind)
                (entry.size, entry.modified) = (UInt64(clamping: row[2] as Int64), row[3])
                entries.append(entry)
            }
            return FolderPart(entries: entries, hasMore: false)
        }
    }

    /// The least path that lies behind all that is below this one: what is below goes on with byte 0.
    private static func behind(_ path: EntryPath) -> [UInt8] { path.sortBytes + [1] }
}
