internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// A replica as the catalog knows it. `bit` stands for it in every record of what it has confirmed.
struct CatalogReplica: Sendable, Hashable {
    let id: Int
    let location: String
    var name: String
    /// When its listing was last compared with the catalog, in seconds since 1970.
    var surveyed: Int64?
    var failure: String?
    var behindSince: Int64?

    var bit: Int64 { 1 << Int64(id) }
}

extension CatalogReplica: FetchableRecord {
    init(row: Row) {
        id = row["id"]
        location = row["location"]
        name = row["name"]
        surveyed = row["surveyed"]
        failure = row["failure"]
        behindSince = row["behind_since"]
    }
}

/// A pack as the catalog knows it.
struct CatalogPack: Sendable, FetchableRecord {
    let id: Int64
    let inventoryRecord: Inventory.Pack
    let confirmed: Int64

    init(row: Row) throws {
        id = row["id"]
        guard let digest = SHA256Digest(row.bytes("digest")) else {
            throw DatabaseError(message: "a pack's digest is damaged")
        }
        inventoryRecord = Inventory.Pack(
            digest: digest, byteCount: row["byte_count"], isMeta: row["is_meta"])
        confirmed = row["confirmed"]
    }
}

extension Catalog {
    /// The replicas at these places, in this order; one not seen before gets the next free bit.
    func replicas(_ places: [(location: String, name: String)]) throws -> [CatalogReplica] {
        try database.write { database in
            try places.map { place in
                try database.execute(
                    sql: """
                        INSERT INTO replica (id, location, name)
                        VALUES ((SELECT coalesce(max(id) + 1, 0) FROM replica), ?, ?)
                        ON CONFLICT (location) DO UPDATE SET name = excluded.name
                        """, arguments: [place.location, place.name])
                return try CatalogReplica.fetchOne(
                    database, sql: "SELECT * FROM replica WHERE location = ?", arguments: [place.location])!
            }
        }
    }

    /// Lets what replicas at other places have confirmed not count before they are among a vault's replicas again.
    func distrustReplicas(otherThan replicas: [CatalogReplica]) throws {
        try database.write { database in
            let surveyed = try CatalogReplica.fetchAll(
                database, sql: "SELECT * FROM replica WHERE surveyed IS NOT NULL")
            for other in surveyed where !replicas.contains(where: { $0.id == other.id }) {
                try Self.distrust(other, in: database)
            }
        }
    }

    /// Every location that this vault was ever seen at.
    func knownLocations() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "SELECT location FROM replica") }
    }

    /// The replica as it was last written down.
    func replica(_ id: Int) throws -> CatalogReplica {
        try database.read { database in
            guard
                let replica = try CatalogReplica.fetchOne(
                    database, sql: "SELECT * FROM replica WHERE id = ?", arguments: [id])
            else { throw DatabaseError(message: "replica \(id) is not in the catalog") }
            return replica
        }
    }

    /// Writes down that the replica has everything, or since when and why it has not.
    func note(_ replica: CatalogReplica, behindSince time: UTCTime?, failure: String?) throws {
        try database.write {
            try $0.execute(
                sql: """
                    UPDATE replica SET behind_since = CASE WHEN ? IS NULL THEN NULL ELSE
                        min(coalesce(behind_since, ?), ?) END, failure = ? WHERE id = ?
                    """,
                arguments: [
                    time?.secondsSince1970, time?.secondsSince1970, time?.secondsSince1970, failure,
                    replica.id,
                ])
        }
    }

    // MARK: - Packs

    /// How many names a listing of packs may have before it is given up: 100,000 that nobody knows, and twice those that
    /// this machine does.
    func packListingLimit() throws -> Int {
        try database.read { try Int.fetchOne($0, sql: "SELECT 100000 + 2 * count(*) FROM pack")! }
    }

    /// Packs of this or another machine's inventories, and which replicas have them.
    ///
    /// A pack stays with the first inventory that names it, until one that has it takes that one's place: it names
    /// it, or a tombstone does. The new one then counts as known no later: see `recordCoverage`.
    func record(
        _ inventory: Inventory, named name: ObjectKey, confirmedBy bits: Int64 = 0
    ) throws {
        let packs = inventory.packs
        try record(objects: inventory.named + inventory.heads.map(\.key), namedBy: name)
        try database.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO inventory (name, learned) VALUES (?, \(Self.newestVerification))",
                arguments: [name.rawValue])
            let inventory = try Int64.fetchOne(
                database, sql: "SELECT id FROM inventory WHERE name = ?", arguments: [name.rawValue])
            let earlier = try database.makeStatement(
                sql: """
                    SELECT learned FROM pack JOIN inventory ON inventory.id = pack.inventory WHERE digest = ?
                    """)
            let insert = try database.makeStatement(
                sql: """
                    INSERT INTO pack (digest, byte_count, is_meta, confirmed, inventory, created)
                    VALUES (?, ?, ?, ?, ?, 0)
                    ON CONFLICT (digest) DO UPDATE SET confirmed = confirmed | excluded.confirmed,
                        inventory = CASE WHEN EXISTS (
                            SELECT 1 FROM inventory AS before WHERE before.id = pack.inventory
                            AND before.name NOT IN (SELECT name FROM tombstone) AND NOT EXISTS (
                                SELECT 1 FROM naming, signed_name AS namer, signed_name AS object
                                WHERE namer.name = ? AND naming.namer = namer.id
                                AND object.name = before.name AND naming.named = object.id)
                        ) THEN inventory ELSE excluded.inventory END
                    """)
            var learned: Int64?
            for pack in packs {
                let digest = Blob(pack.digest.bytes)
                if let known = try Int64.fetchOne(earlier, arguments: [digest]) {
                    learned = min(learned ?? known, known)
                }
                try insert.execute(arguments: [
                    digest, pack.byteCount, pack.isMeta, bits, inventory, name.rawValue,
                ])
            }
            try database.execute(
                sql: "UPDATE inventory SET learned = min(learned, coalesce(?, learned)) WHERE id = ?",
                arguments: [learned, inventory])
        }
    }

    /// Writes down that replicas, which show an inventory now, have the packs in it; nothing for another object.
    func confirmPacks(ofInventory name: ObjectKey, by bits: Int64) throws {
        guard bits != 0, case .inventory = ObjectName(name) else { return }
        try database.write {
            try $0.execute(
                sql: """
                    UPDATE pack SET confirmed = confirmed | ?
                    WHERE inventory = (SELECT id FROM inventory WHERE name = ?)
                    """, arguments: [bits, name.rawValue])
        }
    }

    /// Packs that a quorum has stored and that no inventory names yet, nor a tombstone, oldest first: of this run, and
    /// of runs that ended before they could write one.
    func packsWithoutInventory() throws -> [CatalogPack] {
        try database.read {
            try CatalogPack.fetchAll(
                $0,
                sql: """
                    SELECT * FROM pack WHERE inventory IS NULL AND confirmed <> 0
                    AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.name = \(Self.packName))
                    ORDER BY created, id
                    """)
        }
    }

    /// Packs that an earlier run announced and that nothing is known of since.
    func announcedPacks() throws -> [CatalogPack] {
        try database.read {
            try CatalogPack.fetchAll(
                $0, sql: "SELECT * FROM pack WHERE inventory IS NULL AND confirmed = 0 ORDER BY created, id")
        }
    }

    /// Forgets packs that an earlier run announced and did not store, and those that were stored before `time`
    /// and never named: by then a prune may count them as strays. What describes a snapshot that needs one is
    /// forgotten too, and filled again.
    func forgetPacksWithoutInventory(olderThan time: UTCTime) throws {
        try database.write { database in
            let forgotten = "inventory IS NULL AND (confirmed = 0 OR created < ?)"
            // Chunks are not indexed by pack, and mostly there is nothing to forget.
            let isAny = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM pack WHERE \(forgotten))",
                arguments: [time.secondsSince1970])!
            guard isAny else { return }
            try database.execute(
                sql: """
                    UPDATE collection SET base = NULL WHERE id IN (
                        SELECT page.collection FROM page JOIN page_pack ON page_pack.page = page.id
                        JOIN collection AS owner ON owner.id = page.collection AND page.added <= owner.generation
                        WHERE page_pack.pack IN (SELECT id FROM pack WHERE \(forgotten)))
                    """, arguments: [time.secondsSince1970])
            try database.execute(
                sql: "DELETE FROM chunk WHERE pack IN (SELECT id FROM pack WHERE \(forgotten))",
                arguments: [time.secondsSince1970])
            try database.execute(
                sql: "DELETE FROM pack WHERE \(forgotten)", arguments: [time.secondsSince1970])
        }
    }

    /// How many packs, of how many bytes, the replica has not confirmed, those with a tombstone aside.
    func packsMissing(on replica: CatalogReplica) throws -> (count: Int, byteCount: Int64) {
        try database.read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*), coalesce(sum(byte_count), 0) FROM pack
                    WHERE confirmed & ? = 0 AND inventory IS NOT NULL
                    AND NOT \(Self.isUnneeded(Self.packName))
                    """, arguments: [replica.bit])!
            return (row[0], row[1])
        }
    }

    /// Whether the replica has confirmed every pack that the collection's newest pages need, but for `lost`: those
    /// that no replica has and whose files the snapshot names.
    func hasEveryPack(
        of collection: CatalogCollection, generation: Int64, _ replica: CatalogReplica,
        except lost: Set<SHA256Digest> = []
    ) throws -> Bool {
        try database.read { database in
            let isComplete = try Bool.fetchOne(
                database, sql: "SELECT NOT EXISTS (SELECT 1 FROM pack WHERE confirmed & ? = 0)",
                arguments: [replica.bit])!
            if isComplete { return true }
            let missing = try Row.fetchCursor(
                database,
                sql: """
                    SELECT pack.digest FROM page JOIN page_pack ON page_pack.page = page.id
                    JOIN pack ON pack.id = page_pack.pack
                    WHERE page.collection = ? AND page.added <= ? AND coalesce(page.removed, ?) > ?
                    AND pack.confirmed & ? = 0
                    """, arguments: [collection.id, generation, generation + 1, generation, replica.bit])
            while let row = try missing.next() {
                guard let digest = SHA256Digest(row.bytes(0)), lost.contains(digest) else { return false }
            }
            return true
        }
    }
}
