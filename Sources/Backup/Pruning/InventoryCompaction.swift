internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// A compacted inventory takes no more packs than this, some 4 MB of it; one that has more is left as it is.
    private static let packsInCompacted = 100_000

    /// Puts one inventory in the place of many small ones, so that what every run lists and every new machine reads does
    /// not grow with each run for ever.
    ///
    /// It has their packs and names what they name, and them. Only then are they marked; they go as everything goes,
    /// in a later prune, and only where nothing is with them any more. Who shows an inventory says that it has all packs
    /// in it: so nothing is compacted unless every replica shows them all and is whole, and takes the new one. Ended at
    /// any point, it has left inventories that say the same twice.
    ///
    /// - Parameters:
    ///   - listing: what the replicas showed.
    ///   - least: fewer are left as they are.
    func compactInventories(_ listing: SmallObjectListing, from least: Int) async throws {
        let everyone = replicas.stores.count
        guard try replicas.stores.indices.allSatisfy({ try standing(of: $0, failure: nil).isWhole }) else {
            return
        }
        let holders = listing.only(ObjectName.inventoryPrefix).holders
        var (replaced, packCount): ([ObjectKey], Int) = ([], 0)
        for inventory in try catalog.smallInventories(maximumPackCount: Self.packsInCompacted)
        where holders[inventory.key]?.replicas.count == everyone {
            packCount += inventory.packCount
            guard packCount <= Self.packsInCompacted else { break }
            replaced.append(inventory.key)
        }
        guard replaced.count >= max(least, 2) else { return }

        let packs = try replaced.flatMap { try catalog.neededPacks(of: $0).map(\.inventoryRecord) }
        let named = Set(try replaced.flatMap { try catalog.names(namedBy: $0) } + replaced)
        let inventory = Inventory(
            vault: id, created: .now(), packs: packs, heads: try catalog.heads().map(\.head),
            named: named.sorted())
        let object = inventory.sealed(by: keyring.signingKey)
        let outcomes = try await store(object.name, object.bytes)
        try catalog.record(inventory, named: object.name.key)
        guard outcomes.allSatisfy(\.isStored) else { return }
        try await putTombstone(of: replaced, .marked)
    }
}
