internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// What the replicas hold of what is to go, and of packs that nothing needs.
struct PruneListing {
    /// By replica: what has a tombstone and is there.
    private(set) var doomed: [[ObjectInfo]]
    /// Packs without a tombstone that nothing needs, with their sizes.
    private(set) var unneeded: [ObjectKey: Int] = [:]

    /// As `ObjectStore.listAll` takes them.
    private static let smallObjectLimit = 500_000

    private let vault: OpenVault
    private let needs: PackNeeds
    private let times: [Int64]
    private let limit: Int
    /// On the replica that is being listed.
    private var listedCount = 0
    /// Packs that came so lately that a run which has not ended may need them.
    private var young: Set<ObjectKey> = []

    /// - Throws: `PruneError` where a replica could not be listed.
    init(of vault: OpenVault, needs: PackNeeds, times: [Int64]) async throws {
        self.vault = vault
        self.needs = needs
        self.times = times
        doomed = Array(repeating: [], count: vault.replicas.stores.count)
        limit = try vault.catalog.packListingLimit()
        for replica in vault.replicas.stores.indices {
            listedCount = 0
            for prefix in ObjectName.smallObjectPrefixes + [ObjectName.packsPrefix, ObjectName.metaPrefix] {
                try await list(prefix, replica)
            }
        }
        try addLostPacks()
        for key in young { unneeded[key] = nil }
    }

    private mutating func list(_ prefix: String, _ replica: Int) async throws {
        var token: String?
        repeat {
            let page: ListPage
            do {
                page = try await vault.replicas.stores[replica].list(prefix: prefix, continuing: token)
            } catch {
                if error.code == .cancelled { throw CancellationError() }
                throw PruneError(
                    .incomplete, "\(vault.replicas.names[replica]) cannot be listed: \(error.reason)",
                    hint: error.hint)
            }
            listedCount += page.objects.count
            guard listedCount <= limit + Self.smallObjectLimit else {
                throw PruneError(
                    .incomplete,
                    "\(vault.replicas.names[replica]) lists \(listedCount) objects, most of which nothing names",
                    hint: nil)
            }
            try take(page.objects, replica)
            token = page.nextToken
        } while token != nil
    }

    private mutating func take(_ objects: [ObjectInfo], _ replica: Int) throws {
        guard let first = objects.first, let last = objects.last else { return }
        let tombstones = try vault.catalog.tombstones(from: first.key, through: last.key)
        for object in objects {
            if tombstones[object.key] != nil {
                doomed[replica].append(object)
            } else if let pack = ObjectName(object.key)?.packDigest, try !needs.isNeeded(pack) {
                unneeded[object.key] = object.byteCount
                if object.modified > times[replica] - OpenVault.pruneWaitingSeconds {
                    young.insert(object.key)
                }
            }
        }
    }

    /// Packs that an inventory names and that no replica has: nobody needs to look for them any more.
    private mutating func addLostPacks() throws {
        let lost = try vault.catalog.lostPacks(vault.catalogReplicas)
        for isMeta in [false, true] {
            var last: SHA256Digest?
            repeat {
                let batch = try vault.catalog.neededPacks(isMeta: isMeta, after: last, limit: 4096)
                for pack in batch.packs where unneeded[pack.key] == nil {
                    guard let digest = ObjectName(pack.key)?.packDigest, try !needs.isNeeded(digest),
                        try vault.catalog.isLost(digest, lost),
                        try !vault.catalog.hasTombstone(pack.key.rawValue)
                    else { continue }
                    unneeded[pack.key] = pack.byteCount ?? 0
                }
                last = batch.last
            } while last != nil
        }
    }
}
