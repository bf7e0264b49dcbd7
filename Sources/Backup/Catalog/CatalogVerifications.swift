internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// Which objects were looked at, when, and what can be said of a whole replica from that. Lost with the catalog:
/// then nothing counts as verified.
extension Catalog {
    /// An SQL expression: the number of the newest run of verify; 0 before the first.
    static let newestVerification = "(SELECT coalesce(max(id), 0) FROM verification)"

    /// Gives a run of verify its number.
    func beginVerification(_ level: VerifyLevel, at time: UTCTime) throws -> Verification {
        try database.write { database in
            try database.execute(
                sql: "INSERT INTO verification (level, started) VALUES (?, ?)",
                arguments: [level.depth, time.secondsSince1970])
            return Verification(id: database.lastInsertedRowID, level: level, started: time)
        }
    }

    /// Writes down that the content of these objects was looked at. What is right now and was found wrong before, at
    /// this level or a shallower one, is no longer wrong.
    func recordChecked(_ checks: [Check], by verification: Verification, replicas: [CatalogReplica]) throws {
        guard !checks.isEmpty else { return }
        try database.write { database in
            let insertPack = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO checked (replica, object, level, verification)
                    SELECT ?, id, ?, ? FROM pack WHERE digest = ?
                    """)
            let insertObject = try database.cachedStatement(
                sql:
                    "INSERT OR REPLACE INTO checked (replica, object, level, verification) VALUES (?, ?, ?, ?)"
            )
            let settle = try database.cachedStatement(
                sql: "DELETE FROM finding WHERE name = ? AND replica = ? AND level <= ? AND verification <> ?"
            )
            for check in checks {
                let replica = replicas[check.replica].id
                let depth = verification.level.depth
                if let digest = ObjectName(check.key)?.packDigest {
                    try insertPack.execute(
                        arguments: [replica, depth, verification.id, Blob(digest.bytes)])
                } else {
                    try insertObject.execute(
                        arguments: [replica, check.key.rawValue, depth, verification.id])
                }
                guard check.isRight else { continue }
                try settle.execute(arguments: [check.key.rawValue, replica, depth, verification.id])
            }
        }
    }

    /// An object whose content was looked at.
    struct Check {
        /// The replica's place among the vault's.
        let replica: Int
        let key: ObjectKey
        let isRight: Bool
    }

    // MARK: - What to check next

    /// Objects in the order in which their content was last looked at, those never looked at first.
    ///
    /// Each call looks at all that is needed, which is little beside reading a batch. The unary plus takes an
    /// operand's affinity away: with it, `checked.object`, which has none, could not be found by its index.
    func leastRecentlyChecked(
        on replicas: [CatalogReplica], for verification: Verification, after position: CheckPosition,
        limit: Int
    ) throws -> [AgedObject] {
        let ids = replicas.map { "\($0.id)" }.joined(separator: ", ")
        return try database.read { database in
            try AgedObject.fetchAll(
                database,
                sql: """
                    WITH needed (object, name, byte_count) AS (
                        SELECT id, \(Self.packName), byte_count FROM pack WHERE inventory IS NOT NULL
                        UNION ALL SELECT name, name, byte_count FROM object WHERE \(Self.isNeededObject)
                    ), aged (name, byte_count, replica, last) AS (
                        SELECT needed.name, byte_count, replica.id, coalesce((
                            SELECT max(verification) FROM checked WHERE checked.replica = replica.id
                            AND checked.object = +needed.object AND checked.level >= :level), 0)
                        FROM needed, replica WHERE replica.id IN (\(ids))
                    )
                    SELECT * FROM aged WHERE last < :verification AND (last, name, replica) > (:last, :name, :replica)
                    AND NOT \(Self.isUnneeded("aged.name"))
                    AND NOT EXISTS (
                        SELECT 1 FROM finding WHERE finding.name = aged.name AND finding.replica = aged.replica
                        AND finding.verification = :verification)
                    ORDER BY last, name, replica LIMIT :limit
                    """,
                arguments: [
                    "level": verification.level.depth, "verification": verification.id, "last": position.last,
                    "name": position.name, "replica": position.replica, "limit": limit,
                ])
        }
    }

    /// How far a run has come in that order.
    struct CheckPosition {
        var last: Int64 = -1
        var name = ""
        var replica = -1
    }

    /// An object of a replica, and the run that last looked at its content.
    struct AgedObject: FetchableRecord {
        let object: NeededObject
        let position: CheckPosition

        init(row: Row) throws {
            position = CheckPosition(last: row["last"], name: row["name"], replica: row["replica"])
            guard let key = ObjectKey(position.name) else {
                throw DatabaseError(message: "a name in the catalog is damaged")
            }
            object = NeededObject(key: key, byteCount: row["byte_count"])
        }
    }

    // MARK: - What can be said of a replica

    /// Writes down that a whole listing of the replica was compared.
    func recordWholeListing(of replica: CatalogReplica, by verification: Verification) throws {
        try database.write {
            try Self.cover(replica, level: .list, since: verification.started.secondsSince1970, in: $0)
        }
    }

    /// Works out since when every object of the replica has been looked at, at the verification's level or a deeper
    /// one, and writes it down: of the runs that began when the object was known, the newest that all have been
    /// looked at in or after. What is known to be wrong has been looked at, and counts as what it is.
    func recordCoverage(of replica: CatalogReplica, by verification: Verification) throws {
        try database.write { database in
            func seen(_ object: String) -> String {
                """
                max(learned, coalesce((SELECT max(verification) FROM checked WHERE checked.replica = :replica
                    AND checked.object = +\(object) AND checked.level >= :level), 0))
                """
            }
            func isCounted(_ name: String) -> String {
                """
                NOT \(Self.isUnneeded(name))
                AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.name = \(name)
                    AND finding.replica = :replica)
                """
            }
            let covered =
                try Int64.fetchOne(
                    database,
                    sql: """
                        SELECT min(seen) FROM (
                            SELECT \(seen("pack.id")) AS seen
                            FROM pack JOIN inventory ON inventory.id = pack.inventory
                            WHERE \(isCounted(Self.packName))
                            UNION ALL
                            SELECT \(seen("object.name")) FROM object
                            WHERE \(Self.isNeededObject) AND \(isCounted("object.name")))
                        """,
                    arguments: ["replica": replica.id, "level": verification.level.depth]) ?? verification.id
            let started = try Int64.fetchOne(
                database, sql: "SELECT started FROM verification WHERE id = ?",
                arguments: [min(covered, verification.id)])
            guard let started else { return }
            try Self.cover(replica, level: verification.level, since: started, in: database)
        }
    }

    private static func cover(
        _ replica: CatalogReplica, level: VerifyLevel, since: Int64, in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO coverage (replica, level, since) VALUES (?, ?, ?)
                ON CONFLICT (replica, level) DO UPDATE SET since = max(since, excluded.since)
                """, arguments: [replica.id, level.depth, since])
    }

    /// Since when everything on the replica has been verified, for each level at which that can be said.
    func coverage(of replica: CatalogReplica) throws -> [VerifyLevel: UTCTime] {
        try database.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT level, since FROM coverage WHERE replica = ?", arguments: [replica.id])
            return Dictionary(
                uniqueKeysWithValues: rows.compactMap { row in
                    VerifyLevel(depth: row[0]).map { ($0, UTCTime(secondsSince1970: row[1])) }
                })
        }
    }
}
