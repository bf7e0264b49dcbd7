internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// A small object as the catalog knows it: which replicas have it, and which had it once and have it no more, or
/// not right.
struct CatalogObject: Sendable {
    let name: String
    let byteCount: Int
    let confirmed: Int64
    let seen: Int64
}

extension Catalog {
    /// The small objects under a prefix that any replica has shown, in the order of their names.
    func objects(prefix: String) throws -> [CatalogObject] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql:
                    "SELECT name, byte_count, confirmed, seen FROM object WHERE name >= ? AND name < ? ORDER BY name",
                arguments: [prefix, prefix + "~"]
            ).map { CatalogObject(name: $0[0], byteCount: $0[1], confirmed: $0[2], seen: $0[3]) }
        }
    }

    /// Whether the replica has ever shown a small object.
    func hasShown(_ replica: CatalogReplica) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM object WHERE (confirmed | seen) & ? <> 0)",
                arguments: [replica.bit])
        } ?? false
    }

    /// Writes down that the replica does not show objects any more that it once showed.
    func forget(objects names: [String], by replica: CatalogReplica) throws {
        try database.write { database in
            let update = try database.cachedStatement(
                sql:
                    "UPDATE object SET seen = seen | (confirmed & ?), confirmed = confirmed & ~? WHERE name = ?"
            )
            for name in names { try update.execute(arguments: [replica.bit, replica.bit, name]) }
        }
    }

    /// Which replicas hold small objects with other bytes than they must have, as reading has found: that they show
    /// the name says nothing then.
    func corruptObjects() throws -> [String: Int64] {
        try database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, replica FROM finding
                    WHERE kind = ? AND name NOT LIKE 'packs/%' AND name NOT LIKE 'meta/%'
                    """, arguments: [Discrepancy.Kind.corrupt.rawValue])
            return rows.reduce(into: [:]) { corrupt, row in
                corrupt[row[0] as String, default: 0] |= 1 << (row[1] as Int64)
            }
        }
    }

    func bytes(of name: ObjectKey) throws -> [UInt8]? {
        try database.read {
            try Blob.fetchOne(
                $0, sql: "SELECT bytes FROM object WHERE name = ?", arguments: [name.rawValue])?.bytes
        }
    }

    /// Writes down that replicas hold a small object; `bytes` where later runs read it.
    ///
    /// - Parameter missed: the replicas that this machine could not give it.
    func record(
        object name: ObjectKey, byteCount: Int, confirmedBy bits: Int64, missedBy missed: Int64 = 0,
        bytes: [UInt8]? = nil
    ) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO object (name, byte_count, confirmed, missed, bytes, learned)
                    VALUES (?, ?, ?, ?, ?, \(Self.newestVerification))
                    ON CONFLICT (name) DO UPDATE SET confirmed = confirmed | excluded.confirmed,
                        missed = missed | excluded.missed, bytes = coalesce(excluded.bytes, bytes)
                    """, arguments: [name.rawValue, byteCount, bits, missed, bytes.map(Blob.init)])
        }
    }
}
