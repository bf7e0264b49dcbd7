internal import Crypto
internal import GRDB
internal import Glibc

/// The catalog's connections. Whatever goes wrong in them is a `CatalogError`, and damage is written down beside the file,
/// so that no later run trusts it.
struct CatalogDatabase: Sendable {
    let path: String
    private let pool: DatabasePool

    init(path: String) throws(CatalogError) {
        self.path = path
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.maximumReaderCount = 3
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // WAL with NORMAL survives a killed process; after a power cut the last transactions may be
            // missing, which costs time and nothing else.
            try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw CatalogError.of(error, path: path)
        }
    }

    /// - Throws: `CatalogError`, or what `body` throws that is none of the database's.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try pool.read(body) } catch { throw Self.told(error, path: path) }
    }

    /// - Throws: `CatalogError`, or what `body` throws that is none of the database's.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try pool.write(body) } catch { throw Self.told(error, path: path) }
    }

    /// The same without holding up the calling thread while others write.
    func writeInTurn<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        do { return try await pool.write(body) } catch { throw Self.told(error, path: path) }
    }

    func close() throws { try pool.close() }

    /// The error as the catalog's, where it is the database's or tells that a row is not the one that was written.
    static func told(_ error: any Error, path: String) -> any Error {
        switch error {
        case is DatabaseError, is CryptoError:
            let failure = CatalogError.of(error, path: path)
            if failure.code == .damaged { DamageMark(of: path).make() }
            return failure
        default: return error
        }
    }
}

extension CatalogError {
    fileprivate static func of(_ error: any Error, path: String) -> CatalogError {
        switch error {
        case let error as DatabaseError: CatalogError(error, path: path)
        case is CryptoError:
            CatalogError(.damaged, path: path, reason: "a row is not the one that was written")
        default: CatalogError(.other, path: path, reason: "\(error)")
        }
    }
}

/// An empty file beside a catalog in which damage was met. It goes when the catalog is set aside, or is made anew.
struct DamageMark {
    private let path: String

    init(of catalog: String) { path = catalog + ".is-damaged" }

    var isThere: Bool { access(path, F_OK) == 0 }

    /// As far as that can be done: where nothing can be written, no catalog is relied on either.
    func make() {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    func remove() { unlink(path) }
}
