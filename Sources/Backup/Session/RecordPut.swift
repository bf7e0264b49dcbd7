internal import Replicator
internal import Vault

extension OpenVault {
    /// Puts a record of what a person did, and has an inventory name it.
    ///
    /// - Throws: `QuorumError`, `CatalogError`.
    @discardableResult
    func put(_ record: PersonalRecord) async throws -> ObjectName {
        let (name, bytes) = record.sealed(keys: keys)
        let outcomes = try await store(name, bytes, keepsBytes: true)
        try await vouch(for: name.key, on: outcomes.filter(\.isStored).map(\.replica))
        try catalog.take(record)
        return name
    }
}
