internal import Crypto
internal import GRDB
internal import ObjectStore
internal import Replicator
internal import Vault

/// An object that at least one of some replicas is to get.
struct MissingObject: Sendable {
    let object: NeededObject
    /// The bits of those that are to get it.
    let lackedBy: Int64
    /// Where a listing in batches goes on.
    fileprivate(set) var place = PackPlace()

    /// Where a pack stands among all: by inventory, which are numbered oldest first, then as it was learned.
    struct PackPlace: Sendable {
        var inventory: Int64 = 0
        var pack: Int64 = 0
    }
}

/// How much of what a replica lacks is meant.
enum MissingScope: Sendable {
    /// What it never had: it only has to catch up.
    case neverHad
    /// What it lost, or has not right, too.
    case everything
}

/// What a replica has not confirmed, and how long ago the oldest of it was written.
struct Backlog: Sendable {
    var packCount = 0
    var objectCount = 0
    var byteCount: Int64 = 0
    /// When the oldest inventory or snapshot that it misses was written.
    var oldest: UTCTime?

    var isEmpty: Bool { packCount == 0 && objectCount == 0 }
}

extension Catalog {
    private static let isUnmarkedPack =
        "inventory IS NOT NULL AND NOT \(isUnneeded(packName))"
    private static let isUnmarkedObject = "name NOT IN (SELECT name FROM tombstone)"

    /// An SQL expression: the bits of the replicas, among those in its argument, that are to get it.
    private static func lackedBy(_ scope: MissingScope) -> String {
        switch scope {
        case .neverHad: "? & ~(confirmed | seen)"
        case .everything: "? & ~confirmed"
        }
    }

    /// The next packs that replicas of `mask` lack, oldest inventory first.
    func missingPacks(
        isMeta: Bool, on mask: Int64, _ scope: MissingScope, after place: MissingObject.PackPlace, limit: Int
    ) throws -> [MissingObject] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT digest, byte_count, \(Self.lackedBy(scope)) AS lacked_by, inventory, id FROM pack
                    WHERE \(Self.isUnmarkedPack) AND (inventory, id) > (?, ?) AND is_meta = ? AND lacked_by <> 0
                    ORDER BY inventory, id LIMIT ?
                    """, arguments: [mask, place.inventory, place.pack, isMeta, limit]
            ).compactMap { row in
                SHA256Digest(row.bytes(0)).map { digest in
                    let pack = Inventory.Pack(digest: digest, byteCount: row[1], isMeta: isMeta)
                    return MissingObject(
                        object: NeededObject(key: pack.name.key, byteCount: pack.byteCount), lackedBy: row[2],
                        place: MissingObject.PackPlace(inventory: row[3], pack: row[4]))
                }
            }
        }
    }

    /// The next small objects under `prefix` that replicas of `mask` lack, in the order of their names, which
    /// begin with a time where that matters.
    func missingObjects(
        prefix: String, on mask: Int64, _ scope: MissingScope, after name: String, limit: Int
    ) throws -> [MissingObject] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, byte_count, \(Self.lackedBy(scope)) AS lacked_by FROM object
                    WHERE name > ? AND name >= ? AND name < ? AND lacked_by <> 0 AND \(Self.isUnmarkedObject)
                    ORDER BY name LIMIT ?
                    """, arguments: [mask, name, prefix, prefix + "~", limit]
            ).compactMap { row in
                ObjectKey(row[0] as String).map {
                    MissingObject(object: NeededObject(key: $0, byteCount: row[1]), lackedBy: row[2])
                }
            }
        }
    }

    /// Whether the replica has every pack that an inventory names, those aside that no replica has any more.
    func hasPacks(of inventory: ObjectKey, _ replica: CatalogReplica, lost: LostPacks) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT NOT EXISTS (
                        SELECT 1 FROM pack WHERE inventory = (SELECT id FROM inventory WHERE name = ?)
                        AND confirmed & ? = 0 AND NOT (\(lost.condition)) AND \(Self.isUnmarkedPack))
                    """, arguments: [inventory.rawValue, replica.bit])!
        }
    }

    /// Whether another replica has a pack that this one lacks.
    func lacksPacksOfOthers(_ replica: CatalogReplica, lost: LostPacks) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM pack
                        WHERE confirmed & ? = 0 AND NOT (\(lost.condition)) AND \(Self.isUnmarkedPack))
                    """, arguments: [replica.bit])!
        }
    }

    func isConfirmed(_ pack: SHA256Digest, by replica: CatalogReplica) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT confirmed & ? <> 0 FROM pack WHERE digest = ?"),
                arguments: [replica.bit, Blob(pack.bytes)]) ?? false
        }
    }

    /// Whether the replica has the object, as far as is known.
    func isConfirmed(_ key: ObjectKey, by replica: CatalogReplica) throws -> Bool {
        if let pack = ObjectName(key)?.packDigest { return try isConfirmed(pack, by: replica) }
        return try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT confirmed & ? <> 0 FROM object WHERE name = ?",
                arguments: [replica.bit, key.rawValue]) ?? false
        }
    }

    /// The collections that have snapshots, as folders of a replica are called.
    func snapshotCollections() throws -> [String] {
        try database.read {
            try String.fetchAll(
                $0,
                sql:
                    "SELECT DISTINCT substr(name, 11, 32) FROM object WHERE name >= 'snapshots/' AND name < 'snapshots/~'"
            )
        }
    }

    /// What the replica has not confirmed and must have.
    func backlog(of replica: CatalogReplica) throws -> Backlog {
        let packs = try packsMissing(on: replica)
        let neverShownCount = try namedAndNeverShown().count
        return try database.read { database in
            let objects = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*), coalesce(sum(byte_count), 0),
                        min(CASE WHEN name LIKE 'inventory/%' THEN substr(name, 11, 15)
                                 WHEN name LIKE 'snapshots/%' THEN substr(name, 44, 15) END)
                    FROM object WHERE confirmed & ? = 0 AND \(Self.isUnmarkedObject)
                    """, arguments: [replica.bit])!
            return Backlog(
                packCount: packs.count, objectCount: objects[0] + neverShownCount,
                byteCount: packs.byteCount + objects[1],
                oldest: (objects[2] as String?).flatMap { UTCTime($0) })
        }
    }

    /// Which packs no replica has any more: said only when every replica's packs have been looked at.
    func lostPacks(_ replicas: [CatalogReplica]) throws -> LostPacks {
        let areAllSurveyed = try replicas.allSatisfy { try isSurveyed($0) }
        return areAllSurveyed ? LostPacks(mask: replicas.reduce(0) { $0 | $1.bit }) : .none
    }

    /// How many packs no replica has any more.
    func count(_ lost: LostPacks) throws -> Int {
        try database.read {
            try Int.fetchOne(
                $0, sql: "SELECT count(*) FROM pack WHERE \(lost.condition) AND \(Self.isUnmarkedPack)")!
        }
    }

    func isLost(_ pack: SHA256Digest, _ lost: LostPacks) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0.cachedStatement(sql: "SELECT \(lost.condition) FROM pack WHERE digest = ?"),
                arguments: [Blob(pack.bytes)]) ?? false
        }
    }

    /// The digests of packs that no replica has any more.
    func digests(of lost: LostPacks) throws -> Set<SHA256Digest> {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT digest FROM pack WHERE \(lost.condition) AND \(Self.isUnmarkedPack)")
            var digests: Set<SHA256Digest> = []
            while let row = try rows.next() {
                if let digest = SHA256Digest(row.bytes(0)) { digests.insert(digest) }
            }
            return digests
        }
    }
}

/// Packs that an inventory names and none of the replicas has.
struct LostPacks: Sendable {
    /// Nothing is known to be lost.
    static let none = LostPacks(mask: nil)

    private let mask: Int64?

    fileprivate init(mask: Int64?) { self.mask = mask }

    /// An SQL expression on a row of `pack`.
    var condition: String {
        mask.map { "pack.inventory IS NOT NULL AND pack.confirmed & \($0) = 0" } ?? "0"
    }
}
