internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// What every replica must hold: named by something signed or shown by a replica, and by no tombstone.
extension Catalog {
    /// An SQL condition on `name`: the small objects that every replica needs.
    static let isNeededObject =
        "("
        + NeededObjects.objectPrefixes.map { "name >= '\($0)' AND name < '\($0)~'" }.joined(separator: " OR ")
        + ")"

    /// The next packs in the order of their names.
    func neededPacks(isMeta: Bool, after digest: SHA256Digest?, limit: Int) throws -> PackBatch {
        try database.read { database in
            var last: SHA256Digest?
            var count = 0
            var packs: [NeededObject] = []
            packs.reserveCapacity(limit)
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT digest, byte_count FROM pack INDEXED BY pack_needed
                        WHERE is_meta = ? AND digest > ? AND inventory IS NOT NULL ORDER BY digest LIMIT ?
                        """), arguments: [isMeta, Blob(digest?.bytes ?? []), limit])
            while let row = try rows.next() {
                count += 1
                let digest = try row.withUnsafeData(atIndex: 0) { data in
                    data.flatMap { data in data.withUnsafeBytes { SHA256Digest($0.bytes) } }
                }
                guard let digest else { throw DatabaseError(message: "a pack's digest is damaged") }
                last = digest
                packs.append(
                    NeededObject(
                        key: (isMeta ? ObjectName.metaPack(digest) : .pack(digest)).key, byteCount: row[1]))
            }
            if let first = packs.first, let end = packs.last {
                let forgotten = Set(
                    try String.fetchAll(
                        database,
                        sql: "SELECT name FROM tombstone WHERE name >= ? AND name <= ? AND is_unneeded",
                        arguments: [first.key.rawValue, end.key.rawValue]))
                if !forgotten.isEmpty { packs.removeAll { forgotten.contains($0.key.rawValue) } }
            }
            return PackBatch(packs: packs, last: count < limit ? nil : last)
        }
    }

    /// Some of the needed packs.
    struct PackBatch {
        let packs: [NeededObject]
        /// Where the next batch begins; nil at the end.
        let last: SHA256Digest?
    }

    /// The next small objects under a prefix, in the order of their names; all of them without a limit.
    func neededObjects(prefix: String, after name: ObjectKey? = nil, limit: Int = -1) throws -> [NeededObject]
    {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, byte_count FROM (
                        SELECT name, byte_count FROM object WHERE name > :after AND name < :end
                        UNION ALL
                        SELECT name, NULL FROM signed_name WHERE name > :after AND name < :end
                        AND id IN (SELECT named FROM naming) AND name NOT IN (SELECT name FROM object)
                    ) WHERE name NOT IN (SELECT name FROM tombstone) ORDER BY name LIMIT :limit
                    """,
                arguments: ["after": name?.rawValue ?? prefix, "end": prefix + "~", "limit": limit]
            ).compactMap { row in
                ObjectKey(row[0] as String).map { NeededObject(key: $0, byteCount: row[1]) }
            }
        }
    }

    /// How many objects every replica needs, README.txt among them, and how many bytes meta packs have.
    func neededCounts() throws -> (objects: Int, metaByteCount: Int) {
        try database.read { database in
            let packs = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*), coalesce(sum(CASE is_meta WHEN 1 THEN byte_count END), 0) FROM pack
                    WHERE inventory IS NOT NULL
                    """)!
            let objects = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM object WHERE \(Self.isNeededObject)")!
            return (packs[0] + objects + 1, packs[1])
        }
    }
}
