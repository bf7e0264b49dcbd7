internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// An object that a tombstone names.
struct CatalogTombstone: Sendable, FetchableRecord {
    let object: ObjectKey
    /// Nothing takes that back, and whoever prunes deletes it wherever it is.
    let isDeleting: Bool
    /// The tombstone's own name: the first one that this machine has read.
    let statement: ObjectKey

    init(row: Row) throws {
        guard let object = ObjectKey(row["name"]), let statement = ObjectKey(row["statement"]) else {
            throw DatabaseError(message: "a tombstone's row is damaged")
        }
        (self.object, self.statement) = (object, statement)
        isDeleting = row["is_deleting"]
    }
}

extension Catalog {
    /// What is to be deleted and is still waiting for it.
    func waitingTombstones() throws -> [CatalogTombstone] {
        try database.read {
            try CatalogTombstone.fetchAll(
                $0, sql: "SELECT * FROM tombstone WHERE is_deleting = 0 ORDER BY name")
        }
    }

    /// The tombstones of the objects from `first` to `last`, by name.
    func tombstones(from first: ObjectKey, through last: ObjectKey) throws -> [ObjectKey: CatalogTombstone] {
        let found = try database.read {
            try CatalogTombstone.fetchAll(
                $0, sql: "SELECT * FROM tombstone WHERE name >= ? AND name <= ?",
                arguments: [first.rawValue, last.rawValue])
        }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.object, $0) })
    }

    func tombstone(of name: ObjectKey) throws -> CatalogTombstone? {
        try tombstones(from: name, through: name)[name]
    }

    /// Writes down that objects with a tombstone are gone from a replica.
    func recordDeleted(_ names: [ObjectKey], on replica: CatalogReplica) throws {
        guard !names.isEmpty else { return }
        try database.write { database in
            let pack = try database.cachedStatement(
                sql: "UPDATE pack SET confirmed = confirmed & ~? WHERE digest = ?")
            let object = try database.cachedStatement(
                sql: "UPDATE object SET confirmed = confirmed & ~? WHERE name = ?")
            for name in names {
                if let digest = ObjectName(name)?.packDigest {
                    try pack.execute(arguments: [replica.bit, Blob(digest.bytes)])
                } else {
                    try object.execute(arguments: [replica.bit, name.rawValue])
                }
                try database.execute(
                    sql: "DELETE FROM finding WHERE name = ? AND replica = ?",
                    arguments: [name.rawValue, replica.id])
            }
        }
    }

    /// The size of a pack that an inventory names.
    func byteCount(ofPack digest: SHA256Digest) throws -> Int? {
        try database.read {
            try Int.fetchOne(
                $0.cachedStatement(sql: "SELECT byte_count FROM pack WHERE digest = ?"),
                arguments: [Blob(digest.bytes)])
        }
    }
}
