internal import ObjectStore
internal import Vault

extension OpenVault {
    /// Has something signed name an object at once: an inventory without packs. So a machine without keys believes the
    /// object and copies it, and a replica that loses it is called stale.
    ///
    /// - Parameter holders: the replicas that have the object. Others get the inventory when they catch up: one that
    ///   shows what names an object, and not the object, has lost it.
    /// - Throws: `QuorumError`.
    func vouch(for key: ObjectKey, on holders: [Int]) async throws {
        let inventory = Inventory(vault: id, created: .now(), packs: [], heads: [], named: [key])
        let object = inventory.sealed(by: keyring.signingKey)
        try await store(
            object.name, object.bytes, on: holders,
            ineligible: Dictionary(
                uniqueKeysWithValues: replicas.stores.indices.filter { !holders.contains($0) }
                    .map { ($0, "it does not have \(key)") }))
        try catalog.record(inventory, named: object.name.key)
    }
}
