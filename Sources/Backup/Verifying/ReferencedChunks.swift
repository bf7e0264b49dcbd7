internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Vault

/// Level `decrypt`: every chunk that any snapshot refers to, by the pack it is in, so that a pack is read once
/// however many files share it.
///
/// Kept in a temporary database that ends with it and is on disk when it is large; the keys of chunks are sealed in
/// there as they are in the catalog.
final class ReferencedChunks: Sendable {
    private let database: DatabaseQueue
    private let box: CatalogKeyBox
    private let keys: VaultKeys
    private let sample: VerifySample

    /// - Parameter sample: the packs whose chunks are kept.
    init(keys: VaultKeys, sample: VerifySample) throws {
        // The empty name is SQLite's for a file without one: https://sqlite.org/inmemorydb.html
        database = try DatabaseQueue(path: "")
        box = CatalogKeyBox(keys: keys)
        self.keys = keys
        self.sample = sample
        try database.writeWithoutTransaction {
            try $0.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    CREATE TABLE page (pack BLOB, offset INTEGER, PRIMARY KEY (pack, offset)) WITHOUT ROWID;
                    -- Of a chunk with several references all are kept: each has to open it. `mark` tells them apart.
                    CREATE TABLE chunk (
                        pack BLOB NOT NULL, offset INTEGER NOT NULL, mark BLOB NOT NULL, role INTEGER NOT NULL,
                        length INTEGER NOT NULL, plaintext INTEGER NOT NULL, is_compressed INTEGER NOT NULL,
                        id BLOB, key BLOB NOT NULL, PRIMARY KEY (pack, offset, mark)
                    ) WITHOUT ROWID;
                    """)
        }
    }

    /// Whether the page comes up for the first time.
    func meet(page: Reference) throws -> Bool {
        try database.write {
            try $0.execute(
                sql: "INSERT OR IGNORE INTO page VALUES (?, ?)",
                arguments: [Blob(page.pack.bytes), Int64(page.offset)])
            return $0.changesCount > 0
        }
    }

    func add(_ references: [Reference], role: ChunkRole) throws {
        let chosen = references.filter { sample.contains($0.pack) }
        guard !chosen.isEmpty else { return }
        try database.write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            for reference in chosen {
                try insert.execute(arguments: [
                    Blob(reference.pack.bytes), Int64(reference.offset), Blob(mark(of: reference)),
                    role.rawValue,
                    Int64(reference.length), Int64(reference.plaintextByteCount), reference.isCompressed,
                    reference.chunkID.map { Blob($0.bytes) }, Blob(box.seal(reference)),
                ])
            }
        }
    }

    /// The same for equal references, and nothing that helps to open one.
    private func mark(of reference: Reference) -> [UInt8] {
        var text = reference.key.withUnsafeBytes { [UInt8]($0) }
        defer { text.wipe() }
        for number in [reference.length, reference.plaintextByteCount, reference.isCompressed ? 1 : 0] {
            withUnsafeBytes(of: number.bigEndian) { text.append(contentsOf: $0) }
        }
        text += reference.chunkID?.bytes ?? []
        return Array(HMACSHA256.authenticate(text.span.bytes, key: keys.catalogKey).bytes.prefix(8))
    }

    /// The chunks of one pack.
    func chunks(in pack: SHA256Digest) throws -> ReferencedPack {
        let rows = try database.read {
            try Row.fetchAll(
                $0,
                sql:
                    "SELECT offset, length, plaintext, is_compressed, id, key, role FROM chunk WHERE pack = ?",
                arguments: [Blob(pack.bytes)])
        }
        let chunks = try rows.map { row in
            guard let role = ChunkRole(rawValue: row[6]) else {
                throw DatabaseError(message: "a chunk's row is damaged")
            }
            var reference = Reference(
                locked: pack, offset: row[0], length: row[1], plaintext: row[2], isCompressed: row[3],
                chunkID: SHA256Digest(row.bytes(4)))
            try row.bytes(5).withUnsafeBytes { try box.open($0, into: &reference) }
            return (reference, role)
        }
        return ReferencedPack(keys: keys, chunks: chunks)
    }
}

/// The chunks of one pack that snapshots refer to.
struct ReferencedPack: Sendable {
    let keys: VaultKeys
    let chunks: [(reference: Reference, role: ChunkRole)]

    /// Whether every one of them opens in the pack's bytes and has the content of its id.
    @Sendable func open(_ bytes: ObjectBytes) -> Bool {
        let reader = ChunkReader(vault: keys.vault, contentKey: keys.contentKey)
        return bytes.withUnsafeBytes { pack in
            chunks.allSatisfy { chunk in
                guard chunk.reference.range.upperBound <= pack.count else { return false }
                let sealed = UnsafeRawBufferPointer(rebasing: pack[chunk.reference.range])
                return (try? reader.open(sealed, chunk.reference, role: chunk.role)) != nil
            }
        }
    }
}
