internal import ObjectStore
internal import Replicator
internal import Vault

extension OpenVault {
    /// How many objects one tombstone names: it stays far below the size that an object may have.
    private static let objectsATombstone = 50_000

    /// Writes tombstones of objects to every replica that takes them, and down in the catalog before anybody acts on
    /// them.
    ///
    /// - Returns: which replicas have taken all of them.
    /// - Throws: `QuorumError` when fewer than the quorum have taken one.
    @discardableResult
    func putTombstone(of objects: [ObjectKey], _ state: Tombstone.State) async throws -> Set<Int> {
        var takers = Set(replicas.stores.indices)
        for start in stride(from: 0, to: objects.count, by: Self.objectsATombstone) {
            let part = Array(objects[start..<min(start + Self.objectsATombstone, objects.count)])
            let tombstone = Tombstone(vault: id, created: .now(), objects: part, state: state)
            let (name, bytes) = tombstone.sealed(by: keyring.signingKey)
            let outcomes = try await store(name, bytes)
            try catalog.record(tombstone, named: name.key)
            takers.formIntersection(outcomes.filter(\.isStored).map(\.replica))
        }
        return takers
    }
}
