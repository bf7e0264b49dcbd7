internal import ObjectStore
internal import Vault

/// Whether `lock_days` does at a provider what it says: some take a lock without an error, and set none.
extension Catalog {
    /// Why what is stored at a location is not locked, though it is to be; nil where nothing is known of that.
    ///
    /// What was last put and looked at says more than an earlier probe.
    func missingLock(at location: String) throws -> String? {
        let isUnlocked = try isUnlocked(location)
        if isUnlocked == true { return "what is put there gets no lock" }
        let probe = try probe(of: location)?.answers ?? []
        func answer(_ question: ProbeQuestion) -> ProbeAnswer.Answer? {
            probe.first { $0.question == question }?.answer
        }
        if isUnlocked == nil, [.ignored, .unsupported].contains(answer(.lockStored)) {
            return "a probe has found that it sets no lock"
        }
        return answer(.lockStored) == .yes && answer(.lockEnforced) == .no
            ? "a probe has found that the lock is stored, and does not hold" : nil
    }
}

extension OpenVault {
    /// Writes down the locks that puts have set, where the provider shows that it did set them.
    func recordNewLocks(of store: any BucketStore, on replica: CatalogReplica) async throws {
        let new = store.takeNewLocks()
        if let last = new.last(where: { !$0.key.isOfProbe }), let details = try? await store.details(last.key)
        {
            try catalog.setUnlocked(replica.location, details.lockedUntil == nil)
        }
        if try catalog.isUnlocked(replica.location) != true { try catalog.record(locks: new, on: replica) }
    }

    /// Replicas with `lock_days` that lock nothing, as far as is known now, and how that shows.
    func unlockedReplicas() async throws -> [(name: String, reason: String)] {
        var unlocked: [(name: String, reason: String)] = []
        for (index, replica) in catalogReplicas.enumerated() {
            guard let store = replicas.stores[index] as? any BucketStore, store.lockDays != nil else {
                continue
            }
            try await recordNewLocks(of: store, on: replica)
            if let reason = try catalog.missingLock(at: replica.location) {
                unlocked.append((store.name, reason))
            }
        }
        return unlocked
    }
}
