internal import GRDB
internal import ObjectStore
internal import Vault

// Inventories as a compaction sees them.

extension Catalog {
    /// The inventories without a tombstone that have at most so many packs, oldest first, and how many those are.
    func smallInventories(maximumPackCount: Int) throws -> [(key: ObjectKey, packCount: Int)] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, (SELECT count(*) FROM pack WHERE pack.inventory = inventory.id) AS packs
                    FROM inventory WHERE name IN (SELECT name FROM object)
                    AND name NOT IN (SELECT name FROM tombstone) AND packs <= ? ORDER BY name
                    """, arguments: [maximumPackCount]
            ).compactMap { row in ObjectKey(row[0] as String).map { ($0, row[1]) } }
        }
    }

    /// The packs that are with an inventory and that replicas still need, in the order in which they became known.
    func neededPacks(of inventory: ObjectKey) throws -> [CatalogPack] {
        try database.read {
            try CatalogPack.fetchAll(
                $0,
                sql: """
                    SELECT * FROM pack WHERE inventory = (SELECT id FROM inventory WHERE name = ?)
                    AND NOT \(Self.isUnneeded(Self.packName)) ORDER BY id
                    """, arguments: [inventory.rawValue])
        }
    }

    /// What a signed object names and no tombstone does.
    func names(namedBy namer: ObjectKey) throws -> [ObjectKey] {
        try database.read {
            try String.fetchAll(
                $0,
                sql: """
                    SELECT name FROM naming JOIN signed_name ON signed_name.id = naming.named
                    WHERE naming.namer = (SELECT id FROM signed_name WHERE name = ?)
                    AND name NOT IN (SELECT name FROM tombstone)
                    """, arguments: [namer.rawValue])
        }.compactMap { ObjectKey($0) }
    }

    /// Whether this machine has read the inventory, and every pack in it that is needed is with another one.
    func isReplaced(_ inventory: ObjectKey) throws -> Bool {
        let isRead = try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM inventory WHERE name = ?)",
                arguments: [inventory.rawValue])!
        }
        return try isRead && neededPacks(of: inventory).isEmpty
    }
}
