internal import GRDB
internal import Vault

/// This machine's memory of a vault: an SQLite database in WAL mode that can be deleted at any time.
///
/// What it remembers is a hint for speed or a witness against a provider, never the only copy of anything.
/// Keys of chunks are sealed under catalogKey; names of files are in plain, as they are on the same disk.
public final class Catalog: Sendable {
    let database: DatabasePool

    /// Opens or makes the catalog at `path`. One whose schema is another version's is made anew.
    ///
    /// - Throws: `CatalogError` when it cannot be opened or written.
    public init(path: String) throws(CatalogError) {
        do {
            var configuration = Configuration()
            configuration.label = "catalog"
            configuration.maximumReaderCount = 3
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                // WAL with NORMAL survives a killed process; after a power cut the last transactions may be
                // missing, which costs time and nothing else.
                try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000")
            }
            database = try DatabasePool(path: path, configuration: configuration)
            try database.write { database in
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                if version != CatalogSchema.version { try CatalogSchema.create(in: database) }
                try Self.makeLineage(in: database)
            }
        } catch {
            throw CatalogError(path: path, reason: "\(error)")
        }
    }

    public func close() throws { try database.close() }

    // MARK: - Settings

    private static let synchronised = "synchronised"
    private static let deadSpace = "dead_space"
    private static let toldProvidersName = "told_providers"

    /// Whether the catalog has ever learned what the replicas hold. One that has not says nothing about them.
    func isSynchronised() throws -> Bool { try setting(Self.synchronised) != nil }

    func markSynchronised() throws { try set(Self.synchronised, to: "1") }

    /// What the last prune, or a dry run of one, found to be dead; nil where there was none.
    func deadSpace() throws -> DeadSpace? {
        try setting(Self.deadSpace).flatMap(DeadSpace.init(text:))
    }

    func record(_ space: DeadSpace) throws { try set(Self.deadSpace, to: space.text) }

    /// The fingerprint of the list of providers that this machine told the vault last.
    func toldProviders() throws -> String? { try setting(Self.toldProvidersName) }

    func setToldProviders(_ fingerprint: String) throws { try set(Self.toldProvidersName, to: fingerprint) }

    func setting(_ name: String) throws -> String? {
        try database.read {
            try String.fetchOne($0, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
        }
    }

    func set(_ name: String, to value: String) throws {
        try database.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }
}

/// Why the catalog cannot be used.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
    public var hint: String {
        "the catalog can be deleted at any time; the next run fills it again from a replica"
    }
}
