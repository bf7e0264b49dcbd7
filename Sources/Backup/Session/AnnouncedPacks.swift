internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// Asks the replicas for the packs that a run was storing when it was ended: what a quorum has is content that
    /// need not be stored again. A replica that cannot be asked counts as one that does not have it.
    func takeUpAnnouncedPacks() async throws {
        for pack in try catalog.announcedPacks() {
            let holders = await replicasThatShow(pack.inventoryRecord)
            guard replicas.isQuorum(holders) else { continue }
            try await catalog.confirm(pack.inventoryRecord.digest, by: bits(holders))
        }
    }

    private func replicasThatShow(_ pack: Inventory.Pack) async -> [Int] {
        await withTaskGroup(of: Int?.self) { [replicas] group in
            for replica in replicas.stores.indices {
                group.addTask {
                    // Without an answer the pack counts as not stored, which is the safe side.
                    let shown = try? await replicas.stores[replica].head(pack.name.key)
                    return shown?.byteCount == pack.byteCount ? replica : nil
                }
            }
            return await group.reduce(into: []) { holders, replica in
                if let replica { holders.append(replica) }
            }
        }
    }
}
