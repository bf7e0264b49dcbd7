internal import Crypto
internal import GRDB
public import ObjectStore
internal import Replicator
internal import Vault

/// Which packs some snapshots need, and how many bytes of each: found by reading every page and list that they
/// refer to, once.
///
/// Kept in a temporary database that ends with it and is on disk when it is large. Nothing is taken from the catalog,
/// which may be wrong: what is not found here may be deleted.
final class PackNeeds {
    private static let pagesAtOnce = 8

    private let vault: OpenVault
    private let database: DatabaseQueue
    /// Snapshots that are not whole and cannot be, since a prune was through with what they need when they were
    /// committed. Their runs have not called them stored.
    private(set) var unfinished: Set<SnapshotID> = []

    init(vault: OpenVault) throws {
        self.vault = vault
        // The empty name is SQLite's for a file without one: https://sqlite.org/inmemorydb.html
        database = try DatabaseQueue(path: "")
        try database.writeWithoutTransaction {
            try $0.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    CREATE TABLE page (pack BLOB, offset INTEGER, PRIMARY KEY (pack, offset)) WITHOUT ROWID;
                    CREATE TABLE live (
                        pack BLOB NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
                        is_meta INTEGER NOT NULL, PRIMARY KEY (pack, offset)
                    ) WITHOUT ROWID;
                    """)
        }
    }

    /// Adds what these snapshots need. One that the vault has not signed is none, and left out.
    ///
    /// - Throws: `UnreadableSnapshotError` for the first of which not everything can be read.
    func add(_ snapshots: some Sequence<ObjectKey>) async throws {
        for key in snapshots {
            guard let id = SnapshotID(key), let snapshot = try await read(key) else { continue }
            var pages = try snapshot.pages.filter { try meet($0.reference) }[...]
            while !pages.isEmpty {
                try Task.checkCancellation()
                let batch = pages.prefix(Self.pagesAtOnce)
                pages = pages.dropFirst(batch.count)
                let found = try await withThrowingTaskGroup(of: [Found].self) { group in
                    for page in batch {
                        group.addTask { [vault] in try await Self.read(page, of: key, vault) }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                try insert(found)
                // One that was forgotten only waits for its end.
                if found.contains(where: \.isGone), try !vault.catalog.hasTombstone(key.rawValue) {
                    unfinished.insert(id)
                }
            }
        }
    }

    /// Adds whole packs of content.
    func add(packs: some Sequence<SHA256Digest>) throws {
        try insert(
            packs.map { pack in
                Found(pack, byteCount: UInt32(clamping: try vault.catalog.byteCount(ofPack: pack) ?? 0))
            })
    }

    func isNeeded(_ pack: SHA256Digest) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM live WHERE pack = ?)"),
                arguments: [Blob(pack.bytes)])!
        }
    }

    /// Delivers every needed pack, with the bytes in it that are needed.
    func forEachPack(_ body: (_ pack: SHA256Digest, _ isMeta: Bool, _ byteCount: Int64) throws -> Void) throws
    {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT pack, max(is_meta), sum(length) FROM live GROUP BY pack")
            while let row = try rows.next() {
                if let pack = SHA256Digest(row.bytes(0)) { try body(pack, row[1], row[2]) }
            }
        }
    }

    /// Whether a tombstone names any of the packs.
    func isAnyDoomed() throws -> Bool {
        var isDoomed = false
        try forEachPack { pack, isMeta, _ in
            let name: ObjectName = isMeta ? .metaPack(pack) : .pack(pack)
            if try vault.catalog.hasTombstone(name.key.rawValue) { isDoomed = true }
        }
        return isDoomed
    }

    // MARK: - Reading

    /// A part of a pack that is needed.
    private struct Found: Sendable {
        let pack: SHA256Digest
        let offset: UInt32
        let length: UInt32
        let isMeta: Bool
        /// It cannot be read any more, because its pack was being deleted when the snapshot was committed.
        var isGone = false

        init(_ reference: Reference, isMeta: Bool) {
            (pack, offset, length) = (reference.pack, reference.offset, reference.length)
            self.isMeta = isMeta
        }

        /// All of a pack of content.
        init(_ pack: SHA256Digest, byteCount: UInt32) {
            (self.pack, offset, length) = (pack, 0, byteCount)
            isMeta = false
        }
    }

    /// Nil for what only has the name of a snapshot: nobody without the vault's key can make one.
    private func read(_ key: ObjectKey) async throws -> Snapshot? {
        guard case .snapshot(let collection, let time, let digest) = ObjectName(key) else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try await vault.replicas.getVerified(
                key, maximumByteCount: Format.maximumObjectByteCount
            ).array
        } catch {
            throw UnreadableSnapshotError(
                snapshot: key, reason: error.reason)
        }
        do {
            return try SealedSnapshot(stored: bytes, named: key, of: vault)?.open(
                as: SnapshotID(time: time, digest: digest), of: collection, keys: vault.keys)
        } catch {
            guard try error.code != .unprovenFormat || vault.isAnnounced(key) else { return nil }
            throw UnreadableSnapshotError(snapshot: key, reason: error.reason)
        }
    }

    private static func read(
        _ page: Snapshot.PageReference, of snapshot: ObjectKey, _ vault: OpenVault
    ) async throws -> [Found] {
        var found = [Found(page.reference, isMeta: true)]
        guard
            let entries = try await unlessGone(
                page.reference, of: snapshot, vault, { try await vault.readPage(page) })
        else {
            found[0].isGone = true
            return found
        }
        for entry in entries {
            found += entry.content.map { Found($0, isMeta: false) }
            for list in entry.contentLists {
                var place = Found(list, isMeta: true)
                let listed = try await unlessGone(list, of: snapshot, vault) {
                    try Page.decodeList(await vault.readMeta(list, role: .referenceList))
                }
                place.isGone = listed == nil
                found.append(place)
                found += (listed ?? []).map { Found($0, isMeta: false) }
            }
        }
        return found
    }

    /// What `read` returns; nil where a prune has deleted the pack.
    private static func unlessGone<Value>(
        _ reference: Reference, of snapshot: ObjectKey, _ vault: OpenVault, _ read: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await read()
        } catch let error as ReplicaSetError {
            if error.code == .cancelled { throw CancellationError() }
            let pack = ObjectName.metaPack(reference.pack).key
            if error.isOfBytes, try vault.catalog.tombstone(of: pack)?.isDeleting ?? false { return nil }
            throw UnreadableSnapshotError(
                snapshot: snapshot, reason: error.key == snapshot ? error.reason : error.description)
        } catch let error as VaultError {
            throw UnreadableSnapshotError(snapshot: snapshot, reason: error.reason)
        }
    }

    // MARK: - Rows

    /// Whether the page comes up for the first time.
    private func meet(_ page: Reference) throws -> Bool {
        try database.write {
            try $0.execute(
                sql: "INSERT OR IGNORE INTO page VALUES (?, ?)",
                arguments: [Blob(page.pack.bytes), Int64(page.offset)])
            return $0.changesCount > 0
        }
    }

    private func insert(_ found: [Found]) throws {
        try database.write { database in
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO live VALUES (?, ?, ?, ?)")
            for part in found {
                try insert.execute(arguments: [
                    Blob(part.pack.bytes), Int64(part.offset), Int64(part.length), part.isMeta,
                ])
            }
        }
    }
}

extension SealedSnapshot {
    /// Nil for what only has the name of a snapshot, since its bytes are the name's and the vault's key has not
    /// signed them.
    ///
    /// - Throws: `newerFormat`, `unprovenFormat`.
    init?(stored bytes: [UInt8], named key: ObjectKey, of vault: OpenVault) throws(VaultError) {
        guard case .snapshot(let collection, let time, let digest) = ObjectName(key) else { return nil }
        do {
            try self.init(bytes, vault: vault.id, key: vault.signingKey, subject: key.rawValue)
            try check(is: SnapshotID(time: time, digest: digest), of: collection)
        } catch  where ![.newerFormat, .unprovenFormat].contains(error.code) {
            return nil
        }
    }
}

/// Not everything that a snapshot needs can be found out, and so nothing can be said to be needed by nobody.
public struct UnreadableSnapshotError: Error, Sendable, CustomStringConvertible {
    public let snapshot: ObjectKey
    public let reason: String

    public var description: String { "\(snapshot.rawValue) cannot be read as a whole: \(reason)" }
    public var hint: String {
        "photobackup heal may put it right; what is lost for good is in the way until 7 days after photobackup forget SNAPSHOT"
    }
}
