internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// What the replicas' small objects are right now: the answer to one look at each.
struct SmallObjectListing: Sendable {
    /// By replica; nil where the listing failed, which says nothing about what is there.
    var objects: [[ObjectInfo]?]
    var failures: [ObjectStoreError?]

    /// Which replicas show an object, by its name.
    var holders: [ObjectKey: (byteCount: Int, replicas: [Int])] {
        var holders: [ObjectKey: (byteCount: Int, replicas: [Int])] = [:]
        for (replica, objects) in objects.enumerated() {
            for object in objects ?? [] {
                holders[object.key, default: (object.byteCount, [])].replicas.append(replica)
            }
        }
        return holders
    }

    /// The replicas that answered and have nothing that opens the vault.
    var newReplicas: [Int] {
        objects.indices.filter { replica in
            objects[replica].map { !$0.contains { $0.key.rawValue.hasPrefix(ObjectName.keyringPrefix) } }
                ?? false
        }
    }

    /// The replicas that answered.
    var answering: [Int] { failures.indices.filter { failures[$0] == nil } }

    /// The part of it that lies under one prefix.
    func only(_ prefix: String) -> SmallObjectListing {
        var part = self
        part.objects = objects.map { $0?.filter { $0.key.rawValue.hasPrefix(prefix) } }
        return part
    }

    /// Takes what a later look at some folders has shown; a replica that failed then stays as it was seen before.
    mutating func update(_ prefixes: [String], from later: SmallObjectListing) {
        for (replica, objects) in objects.enumerated() {
            guard let objects, let shown = later.objects[replica] else { continue }
            let others = objects.filter { object in !prefixes.contains { object.key.rawValue.hasPrefix($0) } }
            self.objects[replica] = others + shown
        }
    }
}

extension ReplicaSet {
    /// Lists small objects under `prefixes` on every replica, or only some of them, at once; those under
    /// `ObjectName.keyringPrefix` only where `keyrings` has not them already.
    func listSmallObjects(
        _ prefixes: [String], on chosen: [Int]? = nil, after keyrings: SmallObjectListing? = nil
    ) async -> SmallObjectListing {
        let answers = await askEach(chosen ?? Array(stores.indices)) { [self] replica in
            let known = keyrings?.objects[replica]
            var objects = known ?? []
            do throws(ObjectStoreError) {
                for prefix in prefixes where known == nil || prefix != ObjectName.keyringPrefix {
                    objects += try await stores[replica].listAll(prefix: prefix)
                }
                return .success(objects)
            } catch {
                return .failure(error)
            }
        }
        let count = stores.count
        var listing = SmallObjectListing(
            objects: Array(repeating: nil, count: count), failures: Array(repeating: nil, count: count))
        for (replica, answer) in answers {
            switch answer {
            case .success(let objects): listing.objects[replica] = objects
            case .failure(let error): listing.failures[replica] = error
            }
        }
        return listing
    }
}

extension AuditedVault {
    /// Brings the catalog up to what the replicas show: other machines' packs, tombstones, collections and
    /// snapshots, and which replica has what.
    ///
    /// - Parameters:
    ///   - prefixes: the folders to list; of the others, what something signed names and this machine has not seen.
    ///   - chosen: the replicas to look at; all if nil.
    /// - Returns: what the replicas show.
    @discardableResult
    func synchronise(
        _ prefixes: [String] = ObjectName.synchronisedPrefixes, on chosen: [Int]? = nil, warn: WarningHandler
    ) async throws -> SmallObjectListing {
        try catalog.distrustReplicas(otherThan: catalogReplicas)
        var listing = await replicas.listSmallObjects(prefixes, on: chosen, after: takeKeyringListing())
        for (replica, failure) in listing.failures.enumerated() {
            guard let failure else { continue }
            let standing = try standing(of: replica, failure: failure)
            if !standing.isAway { warn(Warning(failure)) }
        }
        try await distrustForgetful(&listing, of: prefixes, warn: warn)
        try await learnWithNames(&listing, on: chosen, warn: warn)
        try await surveyNewReplicas(listing)
        if listing.objects.contains(where: { $0 != nil }) { try catalog.markSynchronised() }
        return listing
    }

    /// A replica that no longer shows a small object it once showed is stale, and may have lost packs too: none of
    /// them counts as confirmed before its packs are listed again. What a tombstone names may go. A listing that lags
    /// behind is no loss: what it lacks is asked for first, and taken for shown where it is there.
    private func distrustForgetful(
        _ listing: inout SmallObjectListing, of prefixes: [String], warn: WarningHandler
    ) async throws {
        let absence = AbsenceLook(replicas)
        for (index, objects) in listing.objects.enumerated() {
            guard let objects else { continue }
            let shown = Set(objects.map(\.key.rawValue))
            let replica = catalogReplicas[index]
            var forgotten = try prefixes.flatMap { prefix in
                try catalog.objects(prefix: prefix)
                    .filter { $0.confirmed & replica.bit != 0 && !shown.contains($0.name) }
            }
            guard !forgotten.isEmpty else { continue }
            // In this order: a run that ends between the two must not trust the packs.
            var missed = try forgotten.filter { try !catalog.hasTombstone($0.name) }
            let needed = missed.compactMap { object in
                ObjectKey(object.name).map { NeededObject(key: $0, byteCount: object.byteCount) }
            }
            let found = await absence.find(needed, on: index).found
            listing.objects[index]? += found
            let names = Set(found.map(\.key.rawValue))
            forgotten.removeAll { names.contains($0.name) }
            missed.removeAll { names.contains($0.name) }
            guard !forgotten.isEmpty else { continue }
            if let first = missed.first {
                warn(
                    Warning(
                        what: replicas.names[index],
                        why: "stale: it no longer shows \(first.name)"
                            + (missed.count > 1 ? " and \(missed.count - 1) more objects" : "")
                            + ", which it once had"))
                try catalog.distrust(replica)
            }
            try catalog.forget(objects: forgotten.map(\.name), by: replica)
        }
    }

    /// Learns what is listed, and what that names.
    ///
    /// Other machines store while this one lists: what it reads then names objects that came after their folder was
    /// listed. Such a folder is listed again, before a name counts as that of an object which is lost.
    func learnWithNames(
        _ listing: inout SmallObjectListing, on chosen: [Int]? = nil, warn: WarningHandler
    ) async throws {
        var lookedFor = try catalog.namedAndNeverShown()
        while true {
            try await learn(listing, warn: warn)
            let named = try catalog.namedAndNeverShown().subtracting(lookedFor)
            guard !named.isEmpty else { return }
            lookedFor.formUnion(named)
            let prefixes = ObjectName.synchronisedPrefixes.filter { prefix in
                named.contains { $0.hasPrefix(prefix) }
            }
            listing.update(prefixes, from: await replicas.listSmallObjects(prefixes, on: chosen))
        }
    }

    /// Reads the small objects that the catalog has not seen, and writes down who has them.
    func learn(_ listing: SmallObjectListing, warn: WarningHandler) async throws {
        var known: [String: (confirmed: Int64, seen: Int64)] = [:]
        for prefix in ObjectName.synchronisedPrefixes {
            for object in try catalog.objects(prefix: prefix) {
                known[object.name] = (object.confirmed, object.confirmed | object.seen)
            }
        }
        let holders = listing.holders
        let corrupt = try catalog.corruptObjects()
        let sorted = holders.sorted { $0.key < $1.key }
        // What is signed comes first: it vouches for the rest.
        let unknown = try sorted.filter { key, _ in
            guard known[key.rawValue] == nil else { return false }
            guard let tombstone = try catalog.tombstone(of: key) else { return true }
            // What takes its place may have come after the folder was listed.
            return key.rawValue.hasPrefix(ObjectName.inventoryPrefix) && !tombstone.isDeleting
        }
        let new =
            unknown.filter { ObjectName($0.key)?.isSigned ?? false }
            + unknown.filter { !(ObjectName($0.key)?.isSigned ?? false) }
        // A replica gets an inventory when it has all packs in it. One that is still to be surveyed shows them itself.
        let surveyed = bits(
            try replicas.stores.indices.filter { try catalog.isSurveyed(catalogReplicas[$0]) })
        for start in stride(from: 0, to: new.count, by: 16) {
            let part = new[start..<min(start + 16, new.count)]
            for (key, bytes) in try await fetch(part.map { ($0.key, $0.value.replicas) }, warn: warn) {
                do {
                    let confirmed = bits(holders[key]?.replicas ?? [])
                    guard try learn(key, bytes, confirmedBy: confirmed & surveyed) else { continue }
                    try catalog.record(
                        object: key, byteCount: bytes.count, confirmedBy: confirmed,
                        bytes: ObjectName.keptPrefixes.contains(where: key.rawValue.hasPrefix) ? bytes : nil)
                } catch let error as VaultError {
                    warn(Warning(what: key.rawValue, why: "\(error.reason); it is left out"))
                }
            }
        }
        for (key, holder) in sorted {
            let confirmed = bits(holder.replicas) & ~(corrupt[key.rawValue] ?? 0)
            if let before = known[key.rawValue], before.confirmed | confirmed != before.confirmed {
                try catalog.record(object: key, byteCount: holder.byteCount, confirmedBy: confirmed)
                // One that is shown again proves nothing: its packs may have gone meanwhile.
                try catalog.confirmPacks(ofInventory: key, by: confirmed & ~before.seen & surveyed)
            }
        }
    }

    /// Fetches objects side by side, each from a replica that shows it and has the bytes of its name.
    private func fetch(
        _ keys: [(key: ObjectKey, replicas: [Int])], warn: WarningHandler
    ) async throws -> [(ObjectKey, [UInt8])] {
        try await withThrowingTaskGroup(of: (ObjectKey, Result<[UInt8], ReplicaSetError>).self) { group in
            for (key, holders) in keys {
                group.addTask { [replicas] in
                    do throws(ReplicaSetError) {
                        let bytes = try await replicas.getVerified(
                            key, maximumByteCount: Format.maximumObjectByteCount, from: holders)
                        return (key, .success(bytes.array))
                    } catch {
                        return (key, .failure(error))
                    }
                }
            }
            var fetched: [(ObjectKey, [UInt8])] = []
            for try await (key, result) in group {
                switch result {
                case .success(let bytes): fetched.append((key, bytes))
                case .failure(let error):
                    try Task.checkCancellation()
                    warn(Warning(what: key.rawValue, why: error.reason))
                }
            }
            return fetched.sorted { $0.0 < $1.0 }
        }
    }

    /// Compares the packs of replicas that the catalog has not looked at yet with what it knows.
    private func surveyNewReplicas(_ listing: SmallObjectListing) async throws {
        for (index, replica) in catalogReplicas.enumerated()
        where try listing.objects[index] != nil && !catalog.isSurveyed(replica) {
            let limit = try catalog.packListingLimit()
            var count = 0
            do throws(ObjectStoreError) {
                for prefix in [ObjectName.packsPrefix, ObjectName.metaPrefix] {
                    var token: String?
                    repeat {
                        let page = try await replicas.stores[index].list(prefix: prefix, continuing: token)
                        let shown = page.objects.compactMap { object in
                            ObjectName(object.key)?.digest.map { ($0, object.byteCount) }
                        }
                        count += page.objects.count
                        guard count <= limit else {
                            throw ObjectStoreError(
                                .malformedAnswer, store: replicas.names[index],
                                reason: "it lists \(count) packs, most of which nothing names")
                        }
                        do { try catalog.confirm(shown, by: replica) } catch {
                            throw ObjectStoreError(.system, store: "catalog", reason: "\(error)")
                        }
                        token = page.nextToken
                    } while token != nil
                }
            } catch {
                // Not surveyed: the packs it has do not count yet, which is the safe side, and the next run looks again.
                continue
            }
            try catalog.setSurveyed(replica, at: .now())
        }
    }
}

extension ObjectName {
    /// What a backup looks at, in the order in which it makes sense.
    static let backupPrefixes = [
        keyringPrefix, collectionsPrefix, inventoryPrefix, tombstonesPrefix, snapshotsPrefix,
    ]

    /// All that a machine learns from. What a backup does not list is put rarely, and an inventory names it.
    static let synchronisedPrefixes = backupPrefixes + [providersPrefix, recordsPrefix, grantsPrefix]

    /// Those whose bytes the catalog keeps, as they are stored: later runs read them.
    static let keptPrefixes = [collectionsPrefix, providersPrefix, recordsPrefix, grantsPrefix]
}
