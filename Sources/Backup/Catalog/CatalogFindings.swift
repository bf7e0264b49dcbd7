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

    init(row: Row) throws {
        guard let key = ObjectKey(row["name"]), let kind = Discrepancy.Kind(rawValue: row["kind"]) else {
            throw DatabaseError(message: "a finding's row is damaged")
        }
        self.key = key
        self.kind = kind
        replica = row["replica"]
        expectedByteCount = row["expected"]
    }
}

extension Catalog {
    /// An SQL expression: the name of the pack of a row of `pack`.
    static let packName =
        "CASE is_meta WHEN 1 THEN 'meta/' ELSE 'packs/' END "
        + "|| substr(lower(hex(digest)), 1, 2) || '/' || lower(hex(digest))"

    // MARK: - What must be there

    /// The next packs that every replica needs, in the order of their names: named by an inventory, and by no
    /// tombstone.
    func neededPacks(isMeta: Bool, after digest: SHA256Digest?, limit: Int) throws -> [Inventory.Pack] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT digest, byte_count FROM pack
                    WHERE digest > ? AND is_meta = ? AND inventory IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.name = \(Self.packName))
                    ORDER BY digest LIMIT ?
                    """,
                arguments: [Blob(digest?.bytes ?? []), isMeta, limit]
            ).compactMap { row in
                SHA256Digest(row.bytes(0)).map {
                    Inventory.Pack(digest: $0, byteCount: row[1], isMeta: isMeta)
                }
            }
        }
    }

    /// The small objects under a prefix that every replica needs, in the order of their names: all that a replica
    /// has shown, and all that something signed names.
    func neededObjects(prefix: String) throws -> [NeededObject] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, byte_count FROM object WHERE name >= :prefix AND name < :end
                    AND name NOT IN (SELECT name FROM tombstone)
                    UNION ALL
                    SELECT name, NULL FROM signed_name WHERE name >= :prefix AND name < :end
                    AND id IN (SELECT named FROM naming) AND name NOT IN (SELECT name FROM object)
                    AND name NOT IN (SELECT name FROM tombstone) ORDER BY name
                    """, arguments: ["prefix": prefix, "end": prefix + "~"]
            ).compactMap { row in
                ObjectKey(row[0] as String).map { NeededObject(key: $0, byteCount: row[1]) }
            }
        }
    }

    /// Whether the catalog has seen the object on the replica.
    func wasConfirmed(_ key: ObjectKey, by replica: CatalogReplica) throws -> Bool {
        try database.read { database in
            switch ObjectName(key) {
            case .pack(let digest), .metaPack(let digest):
                try Bool.fetchOne(
                    database, sql: "SELECT (confirmed | seen) & ? <> 0 FROM pack WHERE digest = ?",
                    arguments: [replica.bit, Blob(digest.bytes)]) ?? false
            case .readme:
                // It is in no list; a replica that ever had anything had it.
                try Bool.fetchOne(
                    database, sql: "SELECT EXISTS (SELECT 1 FROM object WHERE (confirmed | seen) & ? <> 0)",
                    arguments: [replica.bit])!
            default:
                try Bool.fetchOne(
                    database, sql: "SELECT (confirmed | seen) & ? <> 0 FROM object WHERE name = ?",
                    arguments: [replica.bit, key.rawValue]) ?? false
            }
        }
    }

    /// The inventory that names a pack.
    func inventory(of pack: SHA256Digest) throws -> ObjectKey? {
        try database.read {
            try String.fetchOne(
                $0,
                sql: "SELECT name FROM inventory JOIN pack ON pack.inventory = inventory.id WHERE digest = ?",
                arguments: [Blob(pack.bytes)])
        }.flatMap { ObjectKey($0) }
    }

    // MARK: - What was found

    /// Forgets what earlier listings of these replicas found; what was found by reading stays.
    func forgetListed(on replicas: [CatalogReplica]) throws {
        try database.write { database in
            for replica in replicas {
                try database.execute(
                    sql: "DELETE FROM finding WHERE replica = ? AND kind <> ?",
                    arguments: [replica.id, Discrepancy.Kind.corrupt.rawValue])
            }
        }
    }

    /// Writes down what is wrong; such an object is not confirmed any more.
    func record(_ findings: [Discrepancy], replicas: [CatalogReplica]) throws {
        try database.write { database in
            for finding in findings {
                let replica = replicas[finding.replica]
                try database.execute(
                    sql:
                        "INSERT OR REPLACE INTO finding (name, replica, kind, expected, found) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        finding.key.rawValue, replica.id, finding.kind.rawValue, finding.expectedByteCount,
                        finding.foundByteCount,
                    ])
                switch ObjectName(finding.key) {
                case .pack(let digest), .metaPack(let digest):
                    try database.execute(
                        sql: """
                            UPDATE pack SET seen = seen | (confirmed & ?), confirmed = confirmed & ~?
                            WHERE digest = ?
                            """, arguments: [replica.bit, replica.bit, Blob(digest.bytes)])
                default: break
                }
            }
        }
    }

    /// Writes down that an object is right on a replica after all.
    func settle(_ key: ObjectKey, byteCount: Int, on replica: CatalogReplica) throws {
        try database.write { database in
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
        }
    }

    /// The newest inventory: what a listing that begins now can say something of.
    func newestInventory() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT coalesce(max(id), 0) FROM inventory")! }
    }

    /// After a whole listing: every needed pack that was not found wrong is there. Those of inventories that came
    /// after `newestInventory` were not looked for.
    func confirmAllPacks(
        upTo newestInventory: Int64, notFoundWrongOn replica: CatalogReplica, verified level: String,
        at time: UTCTime
    ) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    UPDATE pack SET confirmed = confirmed | ? WHERE inventory <= ? AND confirmed & ? = 0
                    AND NOT EXISTS (
                        SELECT 1 FROM finding WHERE finding.replica = ? AND finding.name = \(Self.packName))
                    """, arguments: [replica.bit, newestInventory, replica.bit, replica.id])
            try database.execute(
                sql: "UPDATE replica SET surveyed = ?, verified = ?, verified_level = ? WHERE id = ?",
                arguments: [time.secondsSince1970, time.secondsSince1970, level, replica.id])
        }
    }

    /// What is not put right yet, in the order of the names.
    func findings() throws -> [CatalogFinding] {
        try database.read {
            try CatalogFinding.fetchAll($0, sql: "SELECT * FROM finding ORDER BY name, replica")
        }
    }
}
