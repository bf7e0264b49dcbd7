internal import Crypto
internal import GRDB
internal import Vault

/// Looks up content that is in the vault already, by chunk id.
///
/// Has a connection of its own that reads without transactions, so that one look-up costs a few microseconds
/// and sees what was written a moment ago. Used by one thread at a time.
final class ChunkIndex {
    private let database: DatabaseQueue
    private let path: String
    private let box: CatalogKeyBox

    init(catalog: Catalog, keys: VaultKeys) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "chunk index"
        path = catalog.path
        do { database = try DatabaseQueue(path: path, configuration: configuration) } catch {
            throw CatalogDatabase.told(error, path: path)
        }
        box = CatalogKeyBox(keys: keys)
    }

    /// The reference to the chunk, if a replica is known to have its pack.
    func reference(to id: SHA256Digest) throws -> Reference? {
        do { return try find(id) } catch { throw CatalogDatabase.told(error, path: path) }
    }

    private func find(_ id: SHA256Digest) throws -> Reference? {
        try database.unsafeRead { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT pack.digest, offset, length, plaintext, is_compressed, key
                    FROM chunk JOIN pack ON pack.id = chunk.pack WHERE chunk.id = ? AND pack.confirmed <> 0
                    """)
            guard let row = try Row.fetchOne(statement, arguments: [Blob(id.bytes)]),
                let pack = SHA256Digest(row.bytes(0))
            else { return nil }
            var reference = Reference(
                locked: pack, offset: row[1], length: row[2], plaintext: row[3], isCompressed: row[4],
                chunkID: id)
            let sealed = row.bytes(5)
            try sealed.withUnsafeBytes { try box.open($0, into: &reference) }
            return reference
        }
    }
}

extension Catalog {
    /// Writes down a pack that is about to be stored and the chunks in it, so that other rows can name it and a
    /// run that is ended meanwhile loses nothing. Its chunks count as stored once a replica has confirmed it.
    func announce(_ pack: Inventory.Pack, chunks: [Reference], created: UTCTime, keys: VaultKeys) throws {
        let box = CatalogKeyBox(keys: keys)
        // Sealed before the transaction, which is the writer's and should be short.
        let sealedKeys = chunks.map { box.seal($0) }
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO pack (digest, byte_count, is_meta, confirmed, created)
                    VALUES (?, ?, ?, 0, ?) ON CONFLICT (digest) DO NOTHING
                    """,
                arguments: [
                    Blob(pack.digest.bytes), pack.byteCount, pack.isMeta, created.secondsSince1970,
                ])
            let packRow = try Self.packRow(pack.digest, in: database)
            let insert = try database.cachedStatement(sql: Self.insertChunk)
            for (chunk, key) in zip(chunks, sealedKeys) {
                try Self.insert(chunk, pack: packRow, sealedKey: key, with: insert)
            }
        }
    }

    /// Writes down which replicas have stored an announced pack.
    func confirm(_ digest: SHA256Digest, by bits: Int64) async throws {
        try await database.writeInTurn {
            try $0.execute(
                sql: "UPDATE pack SET confirmed = confirmed | ? WHERE digest = ?",
                arguments: [bits, Blob(digest.bytes)])
        }
    }

    /// A chunk whose pack no replica has any more takes its new place.
    static let insertChunk = """
        INSERT INTO chunk (id, pack, offset, length, plaintext, is_compressed, key) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            pack = excluded.pack, offset = excluded.offset, length = excluded.length,
            plaintext = excluded.plaintext, is_compressed = excluded.is_compressed, key = excluded.key
        WHERE NOT EXISTS (SELECT 1 FROM pack WHERE pack.id = chunk.pack AND confirmed <> 0)
        """

    static func packRow(_ digest: SHA256Digest, in database: Database) throws -> Int64 {
        guard
            let id = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT id FROM pack WHERE digest = ?"),
                arguments: [Blob(digest.bytes)])
        else { throw DatabaseError(message: "pack \(digest) is not in the catalog") }
        return id
    }

    static func insert(
        _ chunk: Reference, pack: Int64, sealedKey: [UInt8], with statement: Statement
    ) throws {
        guard let id = chunk.chunkID else { return }
        try statement.execute(arguments: [
            Blob(id.bytes), pack, Int64(chunk.offset), Int64(chunk.length), Int64(chunk.plaintextByteCount),
            chunk.isCompressed, Blob(sealedKey),
        ])
    }
}
