internal import Crypto
internal import Glibc
internal import Synchronization
internal import Vault

/// What went wrong with catalogs in the middle of a run, for those who open them again in it.
public final class CatalogTroubles: Sendable {
    private let met = Mutex<[String: CatalogError]>([:])

    public init() {}

    /// Writes down that the catalog is not to be relied on for the rest of the run.
    public func note(_ error: CatalogError) { met.withLock { $0[error.path] = error } }

    public func hasMet(_ error: CatalogError) -> Bool { met.withLock { $0[error.path] != nil } }

    func error(at path: String) -> CatalogError? { met.withLock { $0[path] } }

    func forget(_ path: String) { met.withLock { $0[path] = nil } }
}

/// How a catalog that cannot be used is got round, so that nothing derived stands in the way.
///
/// What only reads goes on with one that ends with the run: a copy where the catalog is right and cannot be written, an
/// empty one where it is damaged. What changes a vault sets a damaged one aside and makes another; where the state folder
/// cannot be written, it fails, since the next run would not know what this one has done.
struct CatalogOpening {
    let changesVault: Bool
    /// Whether a damaged one is set aside by what only reads too: a machine without the keys backs nothing up.
    var renewsAlways = false
    let troubles: CatalogTroubles
    let warn: WarningHandler

    /// - Throws: `CatalogError`, `AnotherRunError`, `StateError`.
    func open(_ path: String) throws -> Catalog {
        do {
            if let error = troubles.error(at: path) ?? Self.visibleDamage(of: path) { throw error }
            return try Catalog(path: path)
        } catch let error as CatalogError {
            if error.code == .damaged, changesVault || renewsAlways { return try renew(path, error) }
            guard !changesVault else { throw error }
            return try standIn(for: path, error)
        }
    }

    /// What shows without opening it.
    static func visibleDamage(of path: String) -> CatalogError? {
        guard !DamageMark(of: path).isThere else {
            // Who has deleted it has made it anew.
            guard access(path, F_OK) == 0 else {
                DamageMark(of: path).remove()
                return nil
            }
            return CatalogError(.damaged, path: path, reason: "it is damaged, as an earlier run has found")
        }
        guard let obstacle = CatalogError.obstacle(at: path), obstacle.code == .damaged else { return nil }
        return obstacle
    }

    private func standIn(for path: String, _ error: CatalogError) throws -> Catalog {
        let catalog = try ScratchCatalogFolder.catalog(inPlaceOf: path, copying: error.code != .damaged)
        let loss =
            error.code == .damaged
            ? "what this machine remembers of the replicas does not count now; the next backup makes another"
            : "what is learned now is not remembered"
        warn(Warning(what: "catalog", why: "\(error); this run goes on without it: \(loss)"))
        return catalog
    }

    private func renew(_ path: String, _ error: CatalogError) throws -> Catalog {
        let lock = try RunLock(folder: parentFolder(of: path))
        defer { withExtendedLifetime(lock) {} }
        let aside = try SetAside.move(path)
        DamageMark(of: path).remove()
        troubles.forget(path)
        let catalog = try Catalog(path: path)
        warn(
            Warning(
                what: "catalog",
                why:
                    "\(error); it is now \(aside), and another is filled from the replicas. Lost with it: what each "
                    + "replica has shown before (a roll-back from before now shows only by another replica or by "
                    + "--expect-head), what verify had found and since when, and which files were alarmed as changed "
                    + "by nobody (--reread finds them again)"))
        return catalog
    }
}

/// Takes a catalog out of the way without deleting it.
private enum SetAside {
    /// - Returns: where it is now.
    /// - Throws: `StateError`.
    static func move(_ path: String) throws -> String {
        let name = "\(path).damaged-\(UTCTime.now())"
        var aside = name
        var number = 1
        while access(aside, F_OK) == 0 {
            number += 1
            aside = "\(name)-\(number)"
        }
        guard rename(path, aside) == 0 else {
            throw StateError(path: path, reason: SystemFailure.last.description)
        }
        // Its log, and the index of that, belong to it.
        rename(path + "-wal", aside + "-wal")
        rename(path + "-shm", aside + "-shm")
        return aside
    }
}

extension VaultAccess {
    var catalogOpening: CatalogOpening {
        CatalogOpening(changesVault: changesVault, troubles: catalogTroubles, warn: warn)
    }

    /// This machine's memory of the vault: the folder with the lock of its runs, and the catalog.
    ///
    /// Where the folder cannot be made or written, what only reads goes on with a catalog that ends with it.
    ///
    /// - Parameter signingKey: what is to be pinned, if anything.
    /// - Throws: `StateError`, `CatalogError`, `AnotherRunError`.
    func openMemory(
        of vault: VaultID, at path: String, pinning signingKey: VerificationKey?, isKeyless: Bool = false
    ) throws -> (lockFolder: String, catalog: Catalog) {
        var failure: StateError?
        do { _ = try state.vaultFolder(vault) } catch let error as StateError {
            guard !changesVault else { throw error }
            failure = error
        }
        // Neither is needed but by commands that have no secret.
        do {
            try state.remember(vault, at: providers.map(\.location))
            if let signingKey { try state.pin(signingKey, of: vault) }
        } catch let error as StateError {
            failure = failure ?? error
        }
        var opening = catalogOpening
        opening.renewsAlways = isKeyless
        let catalog = try opening.open(path)
        if let failure, catalog.isKept {
            warn(
                Warning(
                    what: failure.path, why: "\(failure.reason); this run goes on, and does not remember it"))
        }
        return (parentFolder(of: catalog.path), catalog)
    }

    /// The catalog that this machine has of the vault, or what takes its place.
    ///
    /// - Throws: `CatalogError`, `AnotherRunError`, `StateError`.
    func openCatalog(of vault: VaultID) throws -> Catalog {
        try catalogOpening.open(state.catalogPath(vault))
    }
}
