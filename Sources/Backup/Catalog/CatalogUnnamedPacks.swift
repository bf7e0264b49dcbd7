internal import Crypto
internal import GRDB
internal import Vault

// Packs that a snapshot needs and that no inventory names: nothing lost on the way to a snapshot, but an inventory
// that no replica has any more.

extension Catalog {
    /// Stands for the inventory of a pack that no inventory names and no replica has any more.
    private static let noInventory = ""

    /// Whether there is an inventory that something signed names and that no replica has ever shown, so that the
    /// packs in it are not known.
    func isAnyInventoryLost() throws -> Bool {
        try namedAndNeverShown().contains { $0.hasPrefix(ObjectName.inventoryPrefix) }
    }

    /// The packs that the catalog has no row of.
    func unknown(_ packs: some Collection<SHA256Digest>) throws -> [SHA256Digest] {
        try database.read { database in
            let find = try database.cachedStatement(sql: "SELECT 1 FROM pack WHERE digest = ?")
            return try packs.filter { try Row.fetchOne(find, arguments: [Blob($0.bytes)]) == nil }
        }
    }

    /// Writes down a pack that a committed snapshot needs, and which replicas have it: as one that is stored and waits
    /// for its inventory, or as lost where none has it.
    ///
    /// - Parameter all: the replicas' bits, which count as having had what is lost.
    func takeUpUnnamed(
        _ pack: Inventory.Pack, confirmedBy bits: Int64, of all: Int64, at time: UTCTime
    ) throws {
        try database.write { database in
            if bits == 0 {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO inventory (name, learned) VALUES (?, 0)",
                    arguments: [Self.noInventory])
            }
            try database.execute(
                sql: """
                    INSERT INTO pack (digest, byte_count, is_meta, confirmed, seen, inventory, created)
                    VALUES (?, ?, ?, ?, ?, (SELECT id FROM inventory WHERE name = ? AND ?), ?)
                    """,
                arguments: [
                    Blob(pack.digest.bytes), pack.byteCount, pack.isMeta, bits, bits == 0 ? all : 0,
                    Self.noInventory, bits == 0, time.secondsSince1970,
                ])
        }
    }
}
