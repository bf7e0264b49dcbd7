internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// What a prune is through with, and what it only marks.
struct PrunePlan {
    /// What has waited on every replica and is about to be deleted.
    private(set) var due: Set<ObjectKey>
    /// What has not waited long enough.
    private let waiting: Set<ObjectKey>
    /// Marked, and needed all the same.
    private var needed: Set<ObjectKey> = []
    private let vault: OpenVault

    /// - Parameter listing: what the replicas showed, tombstones among it, before snapshots are looked at.
    init(vault: OpenVault, listing: SmallObjectListing, times: [Int64]) throws {
        self.vault = vault
        let arrivals = listing.objects.map { objects in
            Dictionary(
                uniqueKeysWithValues: (objects ?? []).filter {
                    $0.key.rawValue.hasPrefix(ObjectName.tombstonesPrefix)
                }.map { ($0.key, $0.modified) })
        }
        var (due, waiting): (Set<ObjectKey>, Set<ObjectKey>) = ([], [])
        for tombstone in try vault.catalog.waitingTombstones() {
            let hasWaited = arrivals.indices.allSatisfy { replica in
                arrivals[replica][tombstone.statement].map {
                    $0 <= times[replica] - OpenVault.pruneWaitingSeconds
                } ?? false
            }
            if hasWaited { due.insert(tombstone.object) } else { waiting.insert(tombstone.object) }
        }
        (self.due, self.waiting) = (due, waiting)
    }

    /// The snapshots whose packs are kept: all but those that are being deleted, and those that this run begins with.
    func roots(among shown: Set<ObjectKey>) throws -> Set<ObjectKey> {
        try shown.filter { key in
            guard !due.contains(key) else { return false }
            return try !(vault.catalog.tombstone(of: key)?.isDeleting ?? false)
        }
    }

    /// Takes out what must stay although it is marked: packs that a snapshot needs, inventories without another one that
    /// has their packs, and keyrings and lists of providers without a newer one that opens everywhere.
    mutating func spare(_ needs: PackNeeds, _ listing: SmallObjectListing) async throws {
        var spared: Set<ObjectKey> = []
        for key in due {
            switch ObjectName(key) {
            case .snapshot, .grant, .record: break
            case .pack(let digest), .metaPack(let digest):
                if try needs.isNeeded(digest) { spared.insert(key) }
            case .inventory:
                if try !isReplaced(key, listing) { spared.insert(key) }
            case .keyring(let sequence, _):
                if try await !hasKeyring(after: sequence, listing) { spared.insert(key) }
            case .providers(let sequence, _):
                if try await !hasProviders(after: sequence, listing) { spared.insert(key) }
            default:
                // What opens or explains the rest is never deleted, whoever marked it.
                spared.insert(key)
            }
        }
        due.subtract(spared)
        needed.formUnion(spared)
    }

    /// Whether all that is needed of an inventory's packs is in others, and every replica shows those.
    private func isReplaced(_ inventory: ObjectKey, _ listing: SmallObjectListing) throws -> Bool {
        let shown = listing.objects.map { Set(($0 ?? []).map(\.key)) }
        return try vault.catalog.isReplaced(inventory)
            && vault.catalog.neededObjects(prefix: ObjectName.inventoryPrefix).allSatisfy { living in
                shown.allSatisfy { $0.contains(living.key) }
            }
    }

    /// Whether every replica shows a later object of that kind, which is the vault's and is to stay.
    private func hasLater(
        _ prefix: String, than sequence: UInt32, _ listing: SmallObjectListing,
        isGenuine: (_ bytes: [UInt8], _ sequence: UInt32) -> Bool
    ) async throws -> Bool {
        for (key, holder) in listing.only(prefix).holders {
            guard let other = ObjectName(key)?.sequence, other > sequence,
                holder.replicas.count == vault.replicas.stores.count,
                try !vault.catalog.hasTombstone(key.rawValue)
            else { continue }
            do throws(ReplicaSetError) {
                let bytes = try await vault.replicas.getVerified(
                    key, maximumByteCount: Format.maximumObjectByteCount)
                if isGenuine(bytes.array, other) { return true }
            } catch {
                // One that cannot be read counts as none: what it would take the place of stays.
                if error.code == .cancelled { throw CancellationError() }
            }
        }
        return false
    }

    private func hasKeyring(after sequence: UInt32, _ listing: SmallObjectListing) async throws -> Bool {
        try await hasLater(ObjectName.keyringPrefix, than: sequence, listing) { bytes, sequence in
            // Nor does one that does not open count.
            let keyring = try? Keyring(parsing: bytes, sequence: sequence, subject: "keyring")
            return (try? keyring?.open(masterKey: vault.keys.masterKey))?.keys.vault == vault.id
        }
    }

    private func hasProviders(after sequence: UInt32, _ listing: SmallObjectListing) async throws -> Bool {
        try await hasLater(ObjectName.providersPrefix, than: sequence, listing) { bytes, sequence in
            (try? ProviderList(bytes, sequence: sequence, keys: vault.keys, subject: "providers")) != nil
        }
    }

    func summary(_ found: PruneListing, _ needs: PackNeeds) throws -> PruneSummary {
        var summary = PruneSummary(replicas: vault.replicas.names.map(PruneSummary.Replica.init))
        var counted: Set<ObjectKey> = []
        for object in found.doomed.joined() where counted.insert(object.key).inserted {
            if waiting.contains(object.key) {
                summary.waiting.add(object.byteCount)
            } else if try needed.contains(object.key) || vault.isNeeded(object.key, needs) {
                summary.stillNeeded.add(object.byteCount)
            } else {
                summary.due.add(object.byteCount)
            }
        }
        for byteCount in found.unneeded.values { summary.marked.add(byteCount) }
        try needs.forEachPack { pack, _, liveByteCount in
            guard let byteCount = try vault.catalog.byteCount(ofPack: pack) else { return }
            summary.living.add(byteCount)
            summary.deadByteCount += max(0, Int64(byteCount) - liveByteCount)
        }
        summary.unfinished = needs.unfinished.sorted()
        return summary
    }
}
