internal import Glibc
internal import Vault

/// What is wrong with what this machine remembers of a vault.
public struct StateFault: Sendable {
    public let path: String
    public let reason: String
    public let hint: String
    /// Whether commands go on all the same, with less than they could have.
    public let isHarmless: Bool
}

extension VaultAccess {
    /// Looks at the files that this machine keeps of the vault at these providers, the whole catalog among them. Changes
    /// nothing, and needs no secret; finds nothing where this machine knows of no vault.
    public func examineState() -> [StateFault] {
        guard let vault = state.vault(at: providers.map(\.location)) else { return [] }
        let folder = state.folderPath(vault)
        var faults: [StateFault] = []
        func add(_ path: String, _ reason: String, _ hint: String, isHarmless: Bool = false) {
            faults.append(StateFault(path: path, reason: reason, hint: hint, isHarmless: isHarmless))
        }
        if let error = catalogFault(of: vault) { add(error.path, error.reason, error.hint) }
        do { _ = try state.signingKey(of: vault) } catch let error as StateError {
            add(error.path, error.reason, error.hint)
        } catch {}
        do { _ = try DeviceKey(folder: folder, vault: vault).masterKey() } catch let error as StateError {
            add(error.path, error.reason, error.hint)
        } catch {}
        for name in state.setAside(vault) {
            add(
                "\(folder)/\(name)", "a damaged catalog, which was set aside",
                "nothing reads it any more: it can be deleted", isHarmless: true)
        }
        return faults
    }

    /// Why the catalog cannot be used, or is damaged somewhere.
    private func catalogFault(of vault: VaultID) -> CatalogError? {
        guard state.hasCatalog(vault) else { return nil }
        let path = state.catalogPath(vault)
        do {
            if let error = CatalogOpening.visibleDamage(of: path) ?? CatalogError.obstacle(at: path) {
                throw error
            }
            let catalog = try Catalog(path: path)
            if let fault = try catalog.faults().first { throw catalog.damage("it is damaged (\(fault))") }
            return nil
        } catch {
            return error as? CatalogError ?? CatalogError(.other, path: path, reason: "\(error)")
        }
    }

    /// What this machine was called before in snapshots of this user's, as far as the vault was read: each name has a
    /// history of its own.
    ///
    /// - Throws: `CatalogError`.
    public func formerHosts(of vault: OpenVault) throws -> [String] {
        let snapshots = try vault.catalog.snapshots()
        return Set(snapshots.map(\.host)).subtracting([vault.device.host]).filter { host in
            let id = Device(host: host, user: user, keys: vault.keys).id
            return snapshots.contains { $0.device == id }
        }.sorted()
    }
}
