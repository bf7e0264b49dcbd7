internal import GRDB
package import Vault

/// A snapshot, and what it was made from.
package struct Ancestry: Hashable, Sendable {
    package let id: SnapshotID
    package let device: DeviceID
    package let host: String
    /// nil for one that was made from none.
    package let parent: SnapshotID?
    /// When its run began, in nanoseconds since 1970: snapshots of one run have it in common.
    package let started: Int64
}

extension Ancestry {
    package init(_ id: SnapshotID, _ snapshot: Snapshot) {
        self.init(
            id: id, device: snapshot.device, host: snapshot.host, parent: snapshot.parent,
            started: snapshot.started)
    }
}

extension Catalog {
    /// A table beside those of the schema: a catalog that has not got it yet learns it again, and is not made anew.
    static func makeLineage(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS lineage (
                    identifier TEXT PRIMARY KEY, parent TEXT, started INTEGER NOT NULL
                ) WITHOUT ROWID
                """)
    }

    func recordLineage(_ ancestry: Ancestry) throws {
        try database.write { try Self.recordLineage(ancestry, in: $0) }
    }

    static func recordLineage(_ ancestry: Ancestry, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO lineage (identifier, parent, started) VALUES (?, ?, ?)",
            arguments: [ancestry.id.description, ancestry.parent?.description, ancestry.started])
    }

    /// Of the collection's snapshots: the ancestry of those of which it is known, and the others.
    func ancestries(of collection: CollectionID) throws -> (known: [Ancestry], unknown: [CatalogSnapshot]) {
        let snapshots = try snapshots().filter { $0.collection == collection }
        let rows = try database.read { try Row.fetchAll($0, sql: "SELECT * FROM lineage") }
        let lineage = Dictionary(uniqueKeysWithValues: rows.map { ($0["identifier"] as String, $0) })
        var (known, unknown): ([Ancestry], [CatalogSnapshot]) = ([], [])
        for snapshot in snapshots {
            guard let row = lineage[snapshot.id.description] else {
                unknown.append(snapshot)
                continue
            }
            known.append(
                Ancestry(
                    id: snapshot.id, device: snapshot.device, host: snapshot.host,
                    parent: (row["parent"] as String?).flatMap { SnapshotID($0) }, started: row["started"]))
        }
        return (known, unknown)
    }
}
