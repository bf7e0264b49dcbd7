internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Finds out whether a replica has every pack that a snapshot needs, by reading the snapshot's pages.
///
/// Files that the snapshot itself names as unreadable do not count. A page that was looked at once for a replica is
/// not read again: pages are shared between snapshots.
final class SnapshotNeeds {
    private struct Place: Hashable {
        let pack: SHA256Digest
        let offset: UInt32
        let replica: Int
    }

    private let vault: OpenVault
    private var met: Set<Place> = []

    init(vault: OpenVault) { self.vault = vault }

    /// False too for a snapshot or a page that no replica delivers.
    func areMet(of key: ObjectKey, by replica: Int) async throws -> Bool {
        guard case .snapshot(let collection, let time, let digest) = ObjectName(key) else { return false }
        do {
            let snapshot = try await vault.readSnapshot(
                SnapshotID(time: time, digest: digest), of: collection)
            let unreadable = Set(snapshot.unreadable.map(\.path))
            for page in snapshot.pages {
                guard try await areMet(page, by: replica, except: unreadable) else { return false }
            }
            return true
        } catch let error as ReplicaSetError where error.code != .cancelled {
            return false
        } catch is VaultError {
            return false
        }
    }

    private func areMet(
        _ page: Snapshot.PageReference, by replica: Int, except unreadable: Set<EntryPath>
    ) async throws -> Bool {
        let place = Place(pack: page.reference.pack, offset: page.reference.offset, replica: replica)
        if met.contains(place) { return true }
        guard try isThere(page.reference.pack, replica) else { return false }
        var isExempt = false
        for entry in try await vault.readPage(page) {
            if unreadable.contains(entry.path) {
                isExempt = true
                continue
            }
            for list in entry.contentLists {
                guard try isThere(list.pack, replica) else { return false }
            }
            for reference in try await vault.references(of: entry) {
                guard try isThere(reference.pack, replica) else { return false }
            }
        }
        // Another snapshot may not name the same files.
        if !isExempt { met.insert(place) }
        return true
    }

    private func isThere(_ pack: SHA256Digest, _ replica: Int) throws -> Bool {
        try vault.catalog.isConfirmed(pack, by: vault.catalogReplicas[replica])
    }
}
