internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// Something wrong that a verification found and that is not put right yet.
struct CatalogFinding: Sendable, FetchableRecord {
    let key: ObjectKey
    let replica: Int
    let kind: Discrepancy.Kind
    let expectedByteCount: Int?
    /// The run that found it last.
    let verification: Int64

    init(row: Row) throws {
        guard let key = ObjectKey(row["name"]), let kind = Discrepancy.Kind(rawValue: row["kind"]) else {
            throw DatabaseError(message: "a finding's row is damaged")
        }
        self.key = key
        self.kind = kind
        replica = row["replica"]
        expectedByteCount = row["expected"]
        verification = row["verification"]
    }
}

extension Catalog {
    /// An SQL expression: the name of the pack of a row of `pack`.
    static let packName =
        "CASE is_meta WHEN 1 THEN 'meta/' ELSE 'packs/' END "
        + "|| substr(lower(hex(digest)), 1, 2) || '/' || lower(hex(digest))"

    /// An SQL expression: whether a tombstone says of the object of that name that no replica has to have it.
    static func isUnneeded(_ name: String) -> String {
        "EXISTS (SELECT 1 FROM tombstone WHERE tombstone.name = \(name) AND is_unneeded)"
    }

    // MARK: - What was there

    /// Whether the catalog has seen the object on the replica.
    func wasConfirmed(_ key: ObjectKey, by replica: CatalogReplica) throws -> Bool {
        // README.txt is in no list; a replica that ever had anything had it.
        guard key != .readme else { return try hasShown(replica) }
        return try database.read { database in
            switch ObjectName(key) {
            case .pack(let digest), .metaPack(let digest):
                try Bool.fetchOne(
                    database, sql: "SELECT (confirmed | seen) & ? <> 0 FROM pack WHERE digest = ?",
                    arguments: [replica.bit, Blob(digest.bytes)]) ?? false
            default:
                try Bool.fetchOne(
                    database, sql: "SELECT (confirmed | seen) & ? <> 0 FROM object WHERE name = ?",
                    arguments: [replica.bit, key.rawValue]) ?? false
            }
        }
    }

    /// Whether the catalog has seen the inventory that names the pack on the replica.
    func hasInventory(of pack: SHA256Digest, _ replica: CatalogReplica) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0,
                sql: """
                    SELECT object.confirmed & ? <> 0 FROM pack JOIN inventory ON inventory.id = pack.inventory
                    JOIN object ON object.name = inventory.name WHERE digest = ?
                    """, arguments: [replica.bit, Blob(pack.bytes)]) ?? false
        }
    }

    // MARK: - What was found

    /// Writes down what a verification found wrong; such an object is not confirmed any more.
    ///
    /// - Parameter level: what it takes to find it, which is less than the verification's own level for what its
    ///   listings show.
    func record(
        _ findings: [Discrepancy], at level: VerifyLevel, by verification: Verification,
        replicas: [CatalogReplica]
    ) throws {
        guard !findings.isEmpty else { return }
        try database.write { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO finding (name, replica, kind, expected, found, level, verification)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (name, replica) DO UPDATE SET kind = excluded.kind, expected = excluded.expected,
                        found = excluded.found, level = max(level, excluded.level),
                        verification = excluded.verification
                    """)
            for finding in findings {
                let replica = replicas[finding.replica]
                try insert.execute(arguments: [
                    finding.key.rawValue, replica.id, finding.kind.rawValue, finding.expectedByteCount,
                    finding.foundByteCount, level.depth, verification.id,
                ])
                switch ObjectName(finding.key) {
                case .pack(let digest), .metaPack(let digest):
                    try database.execute(
                        sql: """
                            UPDATE pack SET seen = seen | (confirmed & ?), confirmed = confirmed & ~?
                            WHERE digest = ?
                            """, arguments: [replica.bit, replica.bit, Blob(digest.bytes)])
                default:
                    try database.execute(
                        sql: """
                            UPDATE object SET seen = seen | (confirmed & ?), confirmed = confirmed & ~?
                            WHERE name = ?
                            """, arguments: [replica.bit, replica.bit, finding.key.rawValue])
                }
            }
        }
    }

    /// Writes down what another flow than a verification has found wrong, as the newest one would have.
    func record(_ findings: [Discrepancy], replicas: [CatalogReplica]) throws {
        let newest = try database.read { try Int64.fetchOne($0, sql: "SELECT \(Self.newestVerification)")! }
        for (isCorrupt, level) in [(false, VerifyLevel.list), (true, .read)] {
            try record(
                findings.filter { ($0.kind == .corrupt) == isCorrupt }, at: level,
                by: Verification(id: newest, level: level, started: .now()), replicas: replicas)
        }
    }

    /// After a whole listing: forgets what earlier listings found and this verification did not. What was found by
    /// content stays until its content is right: a listing cannot tell.
    func forgetListed(on replica: CatalogReplica, before verification: Verification) throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM finding WHERE replica = ? AND level = ? AND verification <> ?",
                arguments: [replica.id, VerifyLevel.list.depth, verification.id])
            try database.execute(
                sql: "UPDATE finding SET kind = ?, found = NULL WHERE replica = ? AND verification <> ?",
                arguments: [Discrepancy.Kind.corrupt.rawValue, replica.id, verification.id])
        }
    }

    /// Writes down that an object is right on a replica after all: its bytes have just been put there.
    ///
    /// - Returns: what was found wrong with it before, if anything was.
    @discardableResult
    func settle(
        _ key: ObjectKey, byteCount: Int, on replica: CatalogReplica
    ) throws -> Discrepancy.Kind? {
        try database.write { database in
            let kind = try String.fetchOne(
                database, sql: "SELECT kind FROM finding WHERE name = ? AND replica = ?",
                arguments: [key.rawValue, replica.id])
            try database.execute(
                sql: "DELETE FROM finding WHERE name = ? AND replica = ?",
                arguments: [key.rawValue, replica.id])
            switch ObjectName(key) {
            case .pack(let digest), .metaPack(let digest):
                try database.execute(
                    sql: "UPDATE pack SET confirmed = confirmed | ? WHERE digest = ?",
                    arguments: [replica.bit, Blob(digest.bytes)])
            case .readme?, nil: break
            default:
                try database.execute(
                    sql: "UPDATE object SET confirmed = confirmed | ? WHERE name = ?",
                    arguments: [replica.bit, key.rawValue])
            }
            return kind.flatMap { Discrepancy.Kind(rawValue: $0) }
        }
    }

    /// The newest inventory: what a listing that begins now can say something of.
    func newestInventory() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT coalesce(max(id), 0) FROM inventory")! }
    }

    /// After a whole listing: every needed pack that was not found wrong is there. Those of inventories that came
    /// after `newestInventory` were not looked for.
    func confirmAllPacks(
        upTo newestInventory: Int64, notFoundWrongOn replica: CatalogReplica, at time: UTCTime
    ) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    UPDATE pack SET confirmed = confirmed | ? WHERE inventory <= ? AND confirmed & ? = 0
                    AND NOT EXISTS (
                        SELECT 1 FROM finding WHERE finding.replica = ? AND finding.name = \(Self.packName))
                    """, arguments: [replica.bit, newestInventory, replica.bit, replica.id])
            try database.execute(
                sql: "UPDATE replica SET surveyed = ? WHERE id = ?",
                arguments: [time.secondsSince1970, replica.id])
        }
    }

    /// How many objects the replica has lost or has not right, as far as is known: what was found, and what it
    /// once had and does not show.
    func damageCount(of replica: CatalogReplica) throws -> Int {
        try database.read { database in
            let isFound = "EXISTS (SELECT 1 FROM finding WHERE finding.replica = ? AND finding.name = "
            let isNoMore = "seen & ~confirmed & ? <> 0"
            func isNeeded(_ name: String) -> String { "NOT \(Self.isUnneeded(name))" }
            return try Int.fetchOne(
                database,
                sql: """
                    SELECT (SELECT count(*) FROM finding WHERE replica = ? AND kind NOT IN ('behind', 'stray')
                            AND \(isNeeded("finding.name")))
                        + (SELECT count(*) FROM pack WHERE \(isNoMore) AND inventory IS NOT NULL
                            AND EXISTS (SELECT 1 FROM replica WHERE id = ? AND surveyed IS NOT NULL)
                            AND NOT \(isFound) \(Self.packName)) AND \(isNeeded(Self.packName)))
                        + (SELECT count(*) FROM object WHERE \(isNoMore)
                            AND NOT \(isFound) object.name) AND \(isNeeded("object.name")))
                    """,
                arguments: [replica.id, replica.bit, replica.id, replica.id, replica.bit, replica.id])!
        }
    }

    /// What was found wrong with one object and is not put right yet.
    func findings(of key: ObjectKey) throws -> [CatalogFinding] {
        try database.read {
            try CatalogFinding.fetchAll(
                $0, sql: "SELECT * FROM finding WHERE name = ? ORDER BY replica", arguments: [key.rawValue])
        }
    }

    /// What is not put right yet, in the order of the names.
    func findings() throws -> [CatalogFinding] {
        try database.read {
            try CatalogFinding.fetchAll($0, sql: "SELECT * FROM finding ORDER BY name, replica")
        }
    }

    /// What is known to be wrong with the objects of these names, from `first` to `last`.
    func findings(from first: ObjectKey, through last: ObjectKey) throws -> [CatalogFinding] {
        try database.read {
            try CatalogFinding.fetchAll(
                $0, sql: "SELECT * FROM finding WHERE name >= ? AND name <= ?",
                arguments: [first.rawValue, last.rawValue])
        }
    }

    /// The next things that earlier verifications found wrong and that this one has not met, in the order of the
    /// names.
    func standingFindings(
        on replica: CatalogReplica, before verification: Verification, after name: ObjectKey?, limit: Int
    ) throws -> [CatalogFinding] {
        try database.read {
            try CatalogFinding.fetchAll(
                $0,
                sql: """
                    SELECT * FROM finding WHERE replica = ? AND verification <> ? AND name > ?
                    AND NOT \(Self.isUnneeded("finding.name"))
                    ORDER BY name LIMIT ?
                    """, arguments: [replica.id, verification.id, name?.rawValue ?? "", limit])
        }
    }

    /// Whether the object is known to be lost or altered on the replica.
    func isDamaged(_ name: ObjectKey, on replica: CatalogReplica) throws -> Bool {
        try database.read {
            try String.fetchOne(
                $0, sql: "SELECT kind FROM finding WHERE replica = ? AND name = ?",
                arguments: [replica.id, name.rawValue])
        }.flatMap(Discrepancy.Kind.init)?.isDamage ?? false
    }
}
