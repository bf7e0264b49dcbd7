internal import GRDB
internal import ObjectStore
internal import Vault

// What proves that an object has been there: this machine has seen it, or something signed names it.

extension Catalog {
    /// Writes down that a signed object names others, which have been there then. What is no small object that every
    /// replica needs is left out.
    func record(objects: [ObjectKey], namedBy namer: ObjectKey) throws {
        let names = objects.filter { ObjectName($0)?.isSynchronised ?? false }
        guard !names.isEmpty else { return }
        try database.write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO signed_name (name) VALUES (?)")
            let connect = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO naming (named, namer) SELECT object.id, namer.id
                    FROM signed_name AS object, signed_name AS namer WHERE object.name = ? AND namer.name = ?
                    """)
            try insert.execute(arguments: [namer.rawValue])
            for name in names {
                try insert.execute(arguments: [name.rawValue])
                try connect.execute(arguments: [name.rawValue, namer.rawValue])
            }
        }
    }

    /// The signed objects that name this one.
    func namers(of key: ObjectKey) throws -> [ObjectKey] {
        try database.read {
            try String.fetchAll(
                $0,
                sql: """
                    SELECT namer.name FROM naming JOIN signed_name AS namer ON namer.id = naming.namer
                    WHERE naming.named = (SELECT id FROM signed_name WHERE name = ?)
                    """, arguments: [key.rawValue])
        }.compactMap { ObjectKey($0) }
    }

    /// The names under a prefix that this machine has read, or that something signed names; those with a tombstone too.
    func provenNames(prefix: String) throws -> [ObjectKey] {
        try database.read {
            try String.fetchAll(
                $0,
                sql: """
                    SELECT name FROM object WHERE name >= :prefix AND name < :end
                    UNION SELECT name FROM signed_name WHERE name >= :prefix AND name < :end
                    """, arguments: ["prefix": prefix, "end": prefix + "~"])
        }.compactMap { ObjectKey($0) }
    }

    /// The greatest number that an object under the prefix was ever known by, forgotten and lost ones too; 0 if none was.
    func newestSequence(prefix: String) throws -> UInt32 {
        try provenNames(prefix: prefix).compactMap { ObjectName($0)?.sequence }.max() ?? 0
    }

    /// The objects that nothing signed names yet, and which replicas show them.
    func objectsNobodyNames() throws -> [(key: ObjectKey, confirmed: Int64)] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, confirmed FROM object
                    WHERE name NOT IN (SELECT name FROM tombstone) AND NOT EXISTS (
                        SELECT 1 FROM signed_name JOIN naming ON naming.named = signed_name.id
                        WHERE signed_name.name = object.name)
                    ORDER BY name
                    """
            ).compactMap { row in ObjectKey(row[0] as String).map { ($0, row[1]) } }
        }
    }

    /// Whether this machine was to give the object to the replica, and could not.
    func hasMissed(_ key: ObjectKey, _ replica: CatalogReplica) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0, sql: "SELECT missed & ? <> 0 FROM object WHERE name = ?",
                arguments: [replica.bit, key.rawValue]) ?? false
        }
    }

    /// The objects that something signed names and nobody has ever shown to this machine.
    func namedAndNeverShown() throws -> Set<String> {
        try database.read {
            try String.fetchSet(
                $0,
                sql: """
                    SELECT name FROM signed_name WHERE id IN (SELECT named FROM naming)
                    AND name NOT IN (SELECT name FROM object) AND name NOT IN (SELECT name FROM tombstone)
                    """)
        }
    }

    /// Whether the object has a row or a tombstone here.
    func isKnown(_ key: ObjectKey) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM object WHERE name = :name)
                    OR EXISTS (SELECT 1 FROM tombstone WHERE name = :name)
                    """, arguments: ["name": key.rawValue])!
        }
    }
}

extension Head {
    /// The snapshot's name in a replica.
    var key: ObjectKey { ObjectName.snapshot(collection, snapshot.time, snapshot.digest).key }
}

extension ObjectName {
    /// Whether it lies where every run looks.
    var isSynchronised: Bool {
        Self.synchronisedPrefixes.contains { key.rawValue.hasPrefix($0) }
    }

    /// Whether its bytes hold the vault's signature.
    var isSigned: Bool {
        switch self {
        case .inventory, .snapshot, .tombstone: true
        default: false
        }
    }
}
