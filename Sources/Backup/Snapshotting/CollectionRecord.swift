internal import ObjectStore
internal import Synchronization
internal import Vault

/// A collection's record, which is stored once, before the first snapshot of it.
final class CollectionRecord: Sendable {
    private enum State {
        case old
        case new
        case stored(ObjectKey)
    }

    let collection: VaultCollection
    private let state: Mutex<State>

    init(_ collection: VaultCollection, isNew: Bool) {
        self.collection = collection
        state = Mutex(isNew ? .new : .old)
    }

    /// Puts the record on all replicas, if that was not done yet.
    ///
    /// - Throws: `QuorumError`.
    func store(in vault: OpenVault) async throws {
        guard case .new = state.withLock(\.self) else { return }
        let object = collection.sealed(keys: vault.keys)
        try await vault.store(object.name, object.bytes, keepsBytes: true)
        state.withLock { $0 = .stored(object.name.key) }
    }

    /// Whether the replica, which shows every record that was there before, has this one.
    func isOn(_ replica: Int, of vault: OpenVault) throws -> Bool {
        switch state.withLock(\.self) {
        case .old: true
        case .new: false
        case .stored(let key): try vault.catalog.isConfirmed(key, by: vault.catalogReplicas[replica])
        }
    }
}
