internal import ObjectStore
internal import Synchronization
internal import Vault

/// A collection's record, as one run goes by it: stored before the first snapshot of it, and looked at again where an
/// epoch may have begun meanwhile.
final class CollectionRecord: Sendable {
    private enum Standing {
        /// The replicas that the run chose have it.
        case old
        case new
        /// It came during the run.
        case stored(ObjectKey)
    }

    private struct State {
        var collection: VaultCollection
        var standing: Standing
    }

    private let state: Mutex<State>

    init(_ collection: VaultCollection, isNew: Bool) {
        state = Mutex(State(collection: collection, standing: isNew ? .new : .old))
    }

    var collection: VaultCollection { state.withLock(\.collection) }

    /// Whether no replica has one yet.
    var isNew: Bool { if case .new = state.withLock(\.standing) { true } else { false } }

    /// Puts the record on all replicas, if that was not done yet.
    ///
    /// - Throws: `QuorumError`.
    func store(in vault: OpenVault) async throws {
        guard isNew else { return }
        let object = collection.sealed(keys: vault.keys)
        try await vault.store(object.name, object.bytes, keepsBytes: true)
        state.withLock { $0.standing = .stored(object.name.key) }
    }

    /// Whether the replica, which shows every record that was there before, has this one.
    func isOn(_ replica: Int, of vault: OpenVault) throws -> Bool {
        switch state.withLock(\.standing) {
        case .old: true
        case .new: false
        case .stored(let key): try vault.catalog.isConfirmed(key, by: vault.catalogReplicas[replica])
        }
    }

    /// Looks whether a later epoch has begun, so that who lost their grant during a run of hours does not open what the
    /// run stores. The first epoch's key was never given to anybody.
    ///
    /// - Throws: `AccessError` when too few replicas answer; `CatalogError`.
    func lookAgain(in vault: OpenVault, warn: @escaping WarningHandler) async throws {
        let known = collection
        guard known.epochs.count > 1 else { return }
        try await vault.look(
            at: ["\(ObjectName.collectionsPrefix)\(known.id.hex)/"],
            for: "whether somebody's grant was taken back meanwhile", warn: warn)
        guard let newest = try vault.newestRecord(of: known.id),
            newest.collection.sequence > known.sequence
        else { return }
        state.withLock { $0 = State(collection: newest.collection, standing: .stored(newest.key)) }
    }
}
