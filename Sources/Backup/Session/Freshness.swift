internal import ObjectStore
internal import Replicator
internal import Vault

/// Tells, of a small object that a replica does not show, whether it must have had it: `stale`, or `behind`.
///
/// Three witnesses speak: this machine's memory of what the replica has shown; signed objects that the replica shows
/// and that name the object; and the other replicas, which show what this one lacks. What none of them has seen, a
/// consistent roll-back of the only replica to a machine without memory, nothing can tell but a hash that was written
/// down: see `ExpectedHead`.
struct Freshness {
    private let catalog: Catalog
    private let replicas: [CatalogReplica]
    /// What each replica shows; nil where it could not be asked.
    private let shown: [Set<ObjectKey>?]
    /// The inventories that are believed and shown.
    private let inventories: Set<ObjectKey>

    init(catalog: Catalog, replicas: [CatalogReplica], listing: SmallObjectListing) throws {
        self.catalog = catalog
        self.replicas = replicas
        shown = listing.objects.map { $0.map { Set($0.map(\.key)) } }
        let anywhere = shown.compactMap { $0 }.reduce(into: Set()) { $0.formUnion($1) }
        inventories = Set(
            try catalog.neededObjects(prefix: ObjectName.inventoryPrefix).map(\.key)
                .filter(anywhere.contains))
    }

    /// - Returns: `stale` or `behind`.
    func kind(ofAbsent key: ObjectKey, on replica: Int) throws -> Discrepancy.Kind {
        if try catalog.wasConfirmed(key, by: replicas[replica]) { return .stale }
        guard let shown = shown[replica], try !catalog.hasMissed(key, replicas[replica]),
            try catalog.namers(of: key).contains(where: shown.contains)
        else { return .behind }
        // A replica is committed in order. One that lacks an inventory too was away when this was made, and was given
        // later objects that do not need it.
        return inventories.contains { $0 != key && !shown.contains($0) } ? .behind : .stale
    }

    /// All small objects that the replica must show, and does not; none where it could not be asked.
    func absent(on replica: Int) throws -> [(key: ObjectKey, kind: Discrepancy.Kind)] {
        guard let shown = shown[replica] else { return [] }
        return try ObjectName.synchronisedPrefixes.flatMap { prefix in
            try catalog.neededObjects(prefix: prefix).map(\.key).filter { !shown.contains($0) }
                .map { ($0, try kind(ofAbsent: $0, on: replica)) }
        }
    }

    /// How many objects that a quorum shows the replica does not, though this machine has not read them yet.
    func unread(on replica: Int, quorum: Quorum) throws -> Int {
        guard let own = shown[replica] else { return 0 }
        var holders: [ObjectKey: Int] = [:]
        for objects in shown.compactMap({ $0 }) {
            for key in objects.subtracting(own) { holders[key, default: 0] += 1 }
        }
        return try holders.count { key, count in
            try quorum.isReached(by: count) && ObjectName(key) != nil && !catalog.isKnown(key)
        }
    }

    /// The snapshots that have been there, have no tombstone, and are shown by no replica that could be asked.
    func lostSnapshots(under prefix: String = ObjectName.snapshotsPrefix) throws -> [ObjectKey] {
        try catalog.neededObjects(prefix: prefix).map(\.key).filter { !isShown($0) }
    }

    /// The snapshots that this machine has read, or that something signed that it has read names, forgotten ones too.
    func provenSnapshots() throws -> [ObjectKey] {
        try catalog.provenNames(prefix: ObjectName.snapshotsPrefix)
    }

    func namers(of key: ObjectKey) throws -> [ObjectKey] { try catalog.namers(of: key) }

    /// Whether any replica shows the object.
    func isShown(_ key: ObjectKey) -> Bool { shown.contains { $0?.contains(key) ?? false } }
}
