internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Vault

/// A snapshot as the catalog knows it.
struct CatalogSnapshot: Sendable, FetchableRecord {
    let id: SnapshotID
    let collection: CollectionID
    let collectionName: String
    let device: DeviceID
    let host: String
    let finished: Int64
    let fileCount: Int
    let byteCount: UInt64
    let unreadableCount: Int
    let tags: [String]
    let isCheckpoint: Bool
    let isLearned: Bool

    init(row: Row) throws {
        guard let id = SnapshotID(row["identifier"] as String),
            let collection = CollectionID(row.bytes("collection")), let device = DeviceID(row.bytes("device"))
        else { throw DatabaseError(message: "a snapshot's row is damaged") }
        self.id = id
        self.collection = collection
        self.device = device
        collectionName = row["collection_name"]
        host = row["host"]
        finished = row["finished"]
        fileCount = row["file_count"]
        byteCount = UInt64(clamping: row["byte_count"] as Int64)
        unreadableCount = row["unreadable_count"]
        tags = (row["tags"] as String).split(separator: "\n").map(String.init)
        isCheckpoint = row["is_checkpoint"]
        isLearned = row["is_learned"]
    }

    var head: Head { Head(collection: collection, device: device, snapshot: id) }
}

extension Catalog {
    func record(_ snapshot: Snapshot, id: SnapshotID, isLearned: Bool) throws {
        try record(
            objects: snapshot.named + snapshot.heads.map(\.key),
            namedBy: ObjectName.snapshot(snapshot.collection, id.time, id.digest).key)
        try database.write {
            try Self.recordLineage(Ancestry(id, snapshot), in: $0)
            try $0.execute(
                sql: """
                    INSERT OR REPLACE INTO snapshot (identifier, collection, collection_name, device, host,
                        finished, file_count, byte_count, unreadable_count, tags, is_checkpoint, is_learned)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id.description, Blob(snapshot.collection.bytes), snapshot.collectionName,
                    Blob(snapshot.device.bytes), snapshot.host, snapshot.finished, snapshot.fileCount,
                    Int64(clamping: snapshot.byteCount),
                    snapshot.unreadable.count + snapshot.incomplete.count,
                    snapshot.tags.joined(separator: "\n"), snapshot.isCheckpoint, isLearned,
                ])
        }
    }

    func markLearned(_ id: SnapshotID) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE snapshot SET is_learned = 1 WHERE identifier = ?", arguments: [id.description])
        }
    }

    func hasSnapshot(_ id: SnapshotID) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM snapshot WHERE identifier = ?)",
                arguments: [id.description])!
        }
    }

    /// All snapshots, oldest first.
    func snapshots() throws -> [CatalogSnapshot] {
        try database.read {
            try CatalogSnapshot.fetchAll($0, sql: "SELECT * FROM snapshot ORDER BY identifier")
        }
    }

    /// The collection's snapshots that a device has made, or any, newest first.
    func snapshots(of collection: CollectionID, by device: DeviceID?) throws -> [SnapshotID] {
        try snapshots().filter { $0.collection == collection && (device == nil || $0.device == device) }
            .map(\.id).sorted(by: >)
    }

    /// The newest snapshot of every collection and device.
    func heads() throws -> [CatalogSnapshot] {
        try database.read {
            try CatalogSnapshot.fetchAll(
                $0,
                sql: """
                    SELECT * FROM snapshot WHERE identifier IN (
                        SELECT max(identifier) FROM snapshot GROUP BY collection, device)
                    ORDER BY identifier
                    """)
        }
    }

    // MARK: - Learning content

    func hasLearned(_ reference: Reference) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM learned_page WHERE pack = ? AND offset = ?)",
                arguments: [Blob(reference.pack.bytes), Int64(reference.offset)])!
        }
    }

    /// Writes down the chunks that a page refers to; those in packs that no inventory names are left out, since
    /// nothing says that they are stored.
    func learn(_ chunks: [Reference], page: Reference, keys: VaultKeys) throws {
        let box = CatalogKeyBox(keys: keys)
        let sealedKeys = chunks.map { box.seal($0) }
        try database.write { database in
            let find = try database.cachedStatement(
                sql: """
                    SELECT id FROM pack WHERE digest = ? AND inventory IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.name LIKE '%/' || lower(hex(pack.digest)))
                    """)
            let insert = try database.cachedStatement(sql: Self.insertChunk)
            var rows: [SHA256Digest: Int64?] = [:]
            for (chunk, key) in zip(chunks, sealedKeys) {
                if rows[chunk.pack] == nil {
                    rows[chunk.pack] = .some(
                        try Int64.fetchOne(find, arguments: [Blob(chunk.pack.bytes)]))
                }
                if let row = rows[chunk.pack] ?? nil {
                    try Self.insert(chunk, pack: row, sealedKey: key, with: insert)
                }
            }
            try database.execute(
                sql: "INSERT OR IGNORE INTO learned_page (pack, offset) VALUES (?, ?)",
                arguments: [Blob(page.pack.bytes), Int64(page.offset)])
        }
    }

    // MARK: - Tombstones

    /// Honours a tombstone: content in a pack that it names does not count as stored, and what collections hold
    /// of it is stored anew by the next run. The pack itself is kept whole until it is being deleted, since a snapshot
    /// that was committed meanwhile may need it.
    func record(_ tombstone: Tombstone, named name: ObjectKey) throws {
        try record(objects: tombstone.objects, namedBy: name)
        try database.write { database in
            for object in tombstone.objects {
                try database.execute(
                    sql: """
                        INSERT INTO tombstone (name, is_deleting, is_unneeded, statement) VALUES (?, ?, ?, ?)
                        ON CONFLICT (name) DO UPDATE SET is_deleting = max(is_deleting, excluded.is_deleting),
                            is_unneeded = max(is_unneeded, excluded.is_unneeded)
                        """,
                    arguments: [
                        object.rawValue, tombstone.state == .deleting,
                        tombstone.state == .deleting || ObjectName(object)?.packDigest == nil, name.rawValue,
                    ])
                guard case .snapshot(_, let time, let digest) = ObjectName(object) else { continue }
                try database.execute(
                    sql: "DELETE FROM snapshot WHERE identifier = ?",
                    arguments: [SnapshotID(time: time, digest: digest).description])
            }
            try database.execute(sql: "DELETE FROM chunk WHERE pack IN (\(Self.doomedPacks))")
            try database.execute(
                sql: """
                    UPDATE collection SET is_dirty = 1 WHERE id IN (
                        SELECT collection FROM page JOIN page_pack ON page_pack.page = page.id
                        WHERE page_pack.pack IN (\(Self.doomedPacks)))
                    """)
        }
    }

    /// The rows of packs that a tombstone names.
    private static let doomedPacks =
        "SELECT pack.id FROM pack JOIN tombstone ON tombstone.name = \(packName)"

    /// Delivers the pages of the collection that need packs with a tombstone, or packs that no replica has any
    /// more, and those packs.
    func forEachDoomed(
        of collection: CatalogCollection, lost: LostPacks,
        _ body: (_ page: Int64, _ pack: SHA256Digest, _ isLost: Bool) -> Void
    ) throws {
        try database.read { database in
            let isDoomed = "EXISTS (SELECT 1 FROM tombstone WHERE tombstone.name = \(Self.packName))"
            // Mostly there is none, and the pages need not be gone through.
            let isAny = try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM tombstone WHERE name < 'q')
                        OR EXISTS (SELECT 1 FROM pack WHERE \(lost.condition))
                    """)!
            guard isAny else { return }
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT page.id, pack.digest, NOT \(isDoomed) FROM page
                    JOIN page_pack ON page_pack.page = page.id JOIN pack ON pack.id = page_pack.pack
                    WHERE page.collection = ? AND (\(lost.condition) OR \(isDoomed))
                    """, arguments: [collection.id])
            while let row = try rows.next() {
                if let pack = SHA256Digest(row.bytes(1)) { body(row[0], pack, row[2]) }
            }
        }
    }

    func hasTombstone(_ name: String) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM tombstone WHERE name = ?)", arguments: [name])!
        }
    }

    // MARK: - Surveys

    /// Writes down packs that a replica shows with their right size.
    func confirm(_ packs: [(SHA256Digest, Int)], by replica: CatalogReplica) throws {
        try database.write { database in
            let update = try database.cachedStatement(
                sql: "UPDATE pack SET confirmed = confirmed | ? WHERE digest = ? AND byte_count = ?")
            for (digest, byteCount) in packs {
                try update.execute(arguments: [replica.bit, Blob(digest.bytes), byteCount])
            }
        }
    }

    func isSurveyed(_ replica: CatalogReplica) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT surveyed IS NOT NULL FROM replica WHERE id = ?", arguments: [replica.id])!
        }
    }

    /// Lets none of the replica's packs count as confirmed before it is surveyed again.
    func distrust(_ replica: CatalogReplica) throws {
        try database.write { try Self.distrust(replica, in: $0) }
    }

    static func distrust(_ replica: CatalogReplica, in database: Database) throws {
        try database.execute(
            sql: "UPDATE pack SET seen = seen | (confirmed & ?), confirmed = confirmed & ~?",
            arguments: [replica.bit, replica.bit])
        try database.execute(
            sql: "UPDATE replica SET surveyed = NULL WHERE id = ?", arguments: [replica.id])
    }

    func setSurveyed(_ replica: CatalogReplica, at time: UTCTime) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE replica SET surveyed = ? WHERE id = ?",
                arguments: [time.secondsSince1970, replica.id])
        }
    }
}
