internal import GRDB
internal import ObjectStore

extension Catalog {
    /// Writes down until when objects are locked on a replica, in seconds since 1970.
    func record(locks: [(key: ObjectKey, until: Int64)], on replica: CatalogReplica) throws {
        guard !locks.isEmpty else { return }
        try database.write { database in
            let insert = try database.makeStatement(
                sql: "INSERT OR REPLACE INTO retention (replica, name, until) VALUES (?, ?, ?)")
            for lock in locks {
                try insert.execute(arguments: [replica.id, lock.key.rawValue, lock.until])
            }
        }
    }

    /// What the replica holds, is still needed, and is not known to be locked until `time`: the shortest locks
    /// first, those that nothing is known of before all.
    ///
    /// - Returns: at most `limit` of them, and how many there are.
    func locksDue(
        on replica: CatalogReplica, before time: Int64, limit: Int
    ) throws -> (objects: [(key: ObjectKey, until: Int64?)], count: Int) {
        let due = """
            FROM (
                SELECT \(Self.packName) AS name FROM pack WHERE inventory IS NOT NULL AND confirmed & ? <> 0
                UNION ALL SELECT name FROM object WHERE confirmed & ? <> 0
                UNION ALL SELECT '\(ObjectKey.readme)'
            ) AS held
            LEFT JOIN retention ON retention.replica = ? AND retention.name = held.name
            WHERE coalesce(until, 0) < ? AND held.name NOT IN (SELECT name FROM tombstone)
            """
        let arguments: [any DatabaseValueConvertible] = [replica.bit, replica.bit, replica.id, time]
        return try database.read { database in
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) \(due)", arguments: StatementArguments(arguments))!
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT held.name, until \(due) ORDER BY coalesce(until, 0), held.name LIMIT ?",
                arguments: StatementArguments(arguments + [limit]))
            return (rows.compactMap { row in ObjectKey(row[0] as String).map { ($0, row[1]) } }, count)
        }
    }
}
