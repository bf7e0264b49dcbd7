internal import GRDB
internal import Vault

/// This machine's memory of a vault: an SQLite database in WAL mode that can be deleted at any time.
///
/// What it remembers is a hint for speed or a witness against a provider, never the only copy of anything.
/// Keys of chunks are sealed under catalogKey; names of files are in plain, as they are on the same disk.
public final class Catalog: Sendable {
    let database: CatalogDatabase
    /// A folder that goes with this catalog, which is no memory of the machine.
    private let scratch: ScratchCatalogFolder?

    /// Opens or makes the catalog at `path`. One whose schema is another version's is made anew.
    ///
    /// - Throws: `CatalogError` when it cannot be opened or written.
    public convenience init(path: String) throws(CatalogError) { try self.init(path: path, scratch: nil) }

    /// - Parameter scratch: the folder that it is in, if that goes with it.
    init(path: String, scratch: ScratchCatalogFolder?) throws(CatalogError) {
        self.scratch = scratch
        let database = try CatalogDatabase(path: path)
        self.database = database
        do {
            try database.write { database in
                try CatalogSchema.prepare(database)
                try Self.makeLineage(in: database)
            }
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError(.other, path: path, reason: "\(error)")
        }
    }

    /// Where it is.
    var path: String { database.path }

    /// Whether it is this machine's memory, and not one that ends with the run.
    var isKept: Bool { scratch == nil }

    /// What SQLite finds wrong in it, reading all of it.
    ///
    /// Source: https://sqlite.org/pragma.html#pragma_quick_check
    func faults() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "PRAGMA quick_check(3)") }.filter { $0 != "ok" }
    }

    /// What is thrown where the catalog's content shows that it is damaged, though SQLite sees nothing: it is written down,
    /// so that no later run trusts it.
    func damage(_ reason: String) -> CatalogError {
        DamageMark(of: path).make()
        return CatalogError(.damaged, path: path, reason: reason)
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
