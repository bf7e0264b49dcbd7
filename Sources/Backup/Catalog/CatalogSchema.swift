internal import GRDB

/// The tables of the catalog.
enum CatalogSchema {
    /// A catalog of a version that is not known is dropped and filled again from a replica.
    static let version = 8

    /// Makes the catalog one of this version: what it remembers stays where the version before had all but a column.
    static func prepare(_ database: Database) throws {
        switch try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0 {
        case version: break
        case 7:
            try database.execute(
                sql: "ALTER TABLE page ADD COLUMN chunk_id BLOB; PRAGMA user_version = \(version);")
        default: try create(in: database)
        }
    }

    private static func create(in database: Database) throws {
        let tables = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for table in tables { try database.execute(sql: "DROP TABLE \(table)") }
        try database.execute(sql: statements + "PRAGMA user_version = \(version);")
    }

    private static let statements = """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- A replica's id is its bit in every `confirmed` column.
        CREATE TABLE replica (
            id INTEGER PRIMARY KEY,
            location TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            surveyed INTEGER,
            -- Why it is behind, as far as that is known, and since when.
            failure TEXT,
            behind_since INTEGER
        );

        -- Inventories, and the newest verification when each became known.
        CREATE TABLE inventory (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            learned INTEGER NOT NULL
        );

        -- Packs: which replicas have confirmed them (and which ever had: `seen`), and which inventory names them, if one does yet.
        CREATE TABLE pack (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            byte_count INTEGER NOT NULL,
            is_meta INTEGER NOT NULL,
            confirmed INTEGER NOT NULL,
            seen INTEGER NOT NULL DEFAULT 0,
            inventory INTEGER,
            created INTEGER NOT NULL
        );
        CREATE INDEX pack_pending ON pack (created) WHERE inventory IS NULL;
        CREATE INDEX pack_inventory ON pack (inventory) WHERE inventory IS NOT NULL;
        -- What every replica needs, in the order of a listing: read from end to end by every verification.
        CREATE INDEX pack_needed ON pack (is_meta, digest, byte_count, inventory) WHERE inventory IS NOT NULL;

        -- Content that is in the vault: references by chunk id.
        CREATE TABLE chunk (
            id BLOB PRIMARY KEY,
            pack INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            plaintext INTEGER NOT NULL,
            is_compressed INTEGER NOT NULL,
            key BLOB NOT NULL
        ) WITHOUT ROWID;

        -- Everything else that a replica holds, by name: which replicas showed it when they were listed last, which once
        -- had it and have it no more, or not right (`seen`), which this machine could not give it (`missed`), and the
        -- newest verification when it became known; `bytes` of those that are read on every run.
        CREATE TABLE object (
            name TEXT PRIMARY KEY,
            byte_count INTEGER NOT NULL,
            confirmed INTEGER NOT NULL,
            seen INTEGER NOT NULL DEFAULT 0,
            missed INTEGER NOT NULL DEFAULT 0,
            learned INTEGER NOT NULL,
            bytes BLOB
        ) WITHOUT ROWID;

        -- Which objects each signed object names: what it names has been there.
        CREATE TABLE signed_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE naming (
            named INTEGER NOT NULL,
            namer INTEGER NOT NULL,
            PRIMARY KEY (named, namer)
        ) WITHOUT ROWID;

        CREATE TABLE collection (
            id INTEGER PRIMARY KEY,
            identifier BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL,
            base TEXT,
            generation INTEGER NOT NULL DEFAULT 0,
            is_dirty INTEGER NOT NULL DEFAULT 0
        );

        -- The base snapshot's entries in walk order: what decides whether a file is unchanged; and, copied from `picture` where
        -- somebody has looked, when it was taken.
        CREATE TABLE entry (
            collection INTEGER NOT NULL,
            path BLOB NOT NULL,
            kind INTEGER NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            taken INTEGER,
            PRIMARY KEY (collection, path)
        ) WITHOUT ROWID;

        -- The base snapshot's pages, sealed as they are stored. A page counts for the generations from
        -- `added` up to and without `removed`.
        CREATE TABLE page (
            id INTEGER PRIMARY KEY,
            collection INTEGER NOT NULL,
            last_path BLOB NOT NULL,
            entry_count INTEGER NOT NULL,
            pack INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            plaintext INTEGER NOT NULL,
            is_compressed INTEGER NOT NULL,
            key BLOB NOT NULL,
            sealed BLOB NOT NULL,
            added INTEGER NOT NULL,
            removed INTEGER,
            chunk_id BLOB
        );
        CREATE INDEX page_order ON page (collection, last_path);

        -- Which packs a page's entries need.
        CREATE TABLE page_pack (
            page INTEGER NOT NULL,
            pack INTEGER NOT NULL,
            PRIMARY KEY (page, pack)
        ) WITHOUT ROWID;

        -- Which packs the lists of large files need, by the pack that holds the lists.
        CREATE TABLE list_pack (
            list INTEGER NOT NULL,
            pack INTEGER NOT NULL,
            PRIMARY KEY (list, pack)
        ) WITHOUT ROWID;

        -- Objects that a tombstone names, and the first one that was read. Nothing new relies on any of them. A pack is
        -- needed by every replica all the same until it is being deleted, and nothing else is: `is_unneeded`.
        CREATE TABLE tombstone (
            name TEXT PRIMARY KEY,
            is_deleting INTEGER NOT NULL,
            is_unneeded INTEGER NOT NULL,
            statement TEXT NOT NULL
        ) WITHOUT ROWID;

        -- Pages of any snapshot whose chunks are in `chunk` already.
        CREATE TABLE learned_page (
            pack BLOB NOT NULL,
            offset INTEGER NOT NULL,
            PRIMARY KEY (pack, offset)
        ) WITHOUT ROWID;

        -- What is known of each snapshot.
        CREATE TABLE snapshot (
            identifier TEXT PRIMARY KEY,
            collection BLOB NOT NULL,
            collection_name TEXT NOT NULL,
            device BLOB NOT NULL,
            host TEXT NOT NULL,
            finished INTEGER NOT NULL,
            file_count INTEGER NOT NULL,
            byte_count INTEGER NOT NULL,
            unreadable_count INTEGER NOT NULL,
            tags TEXT NOT NULL,
            is_checkpoint INTEGER NOT NULL,
            is_learned INTEGER NOT NULL
        ) WITHOUT ROWID;

        -- What a verification found wrong and heal has not yet put right: which one found it last, and the deepest
        -- level that ever found it (see VerifyLevel).
        CREATE TABLE finding (
            name TEXT NOT NULL,
            replica INTEGER NOT NULL,
            kind TEXT NOT NULL,
            expected INTEGER,
            found INTEGER,
            level INTEGER NOT NULL,
            verification INTEGER NOT NULL,
            PRIMARY KEY (name, replica)
        ) WITHOUT ROWID;

        -- What a probe has found a provider to do.
        CREATE TABLE probe (
            location TEXT NOT NULL,
            name TEXT NOT NULL,
            answer TEXT NOT NULL,
            detail TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (location, name)
        ) WITHOUT ROWID;

        -- Until when an object is locked on a replica, in seconds since 1970.
        CREATE TABLE retention (
            replica INTEGER NOT NULL,
            name TEXT NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (replica, name)
        ) WITHOUT ROWID;

        -- Every run of verify.
        CREATE TABLE verification (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            level INTEGER NOT NULL,
            started INTEGER NOT NULL
        );

        -- Which verification last looked at an object's content, level by level. `object` is a pack's id, or the
        -- name of anything else.
        CREATE TABLE checked (
            replica INTEGER NOT NULL,
            object NOT NULL,
            level INTEGER NOT NULL,
            verification INTEGER NOT NULL,
            PRIMARY KEY (replica, object, level)
        ) WITHOUT ROWID;

        -- What cameras wrote into pictures, by the first chunk: the moment taken, by the camera's clock, in seconds. A row
        -- without either says that there is none.
        CREATE TABLE picture (
            chunk BLOB PRIMARY KEY,
            taken INTEGER,
            camera TEXT
        ) WITHOUT ROWID;

        -- Everything that a replica needed at that moment has been verified since, at that level.
        CREATE TABLE coverage (
            replica INTEGER NOT NULL,
            level INTEGER NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (replica, level)
        ) WITHOUT ROWID;

        """
}
