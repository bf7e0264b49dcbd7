public import ObjectStore
internal import Replicator
internal import Vault

/// What became of the locks of one replica.
public struct LockRenewal: Sendable {
    public let provider: String
    /// Objects whose lock was extended, or that got their first one.
    public internal(set) var renewedCount = 0
    /// Objects that a later run has to see to, because there were too many for this one.
    public internal(set) var leftCount = 0
    /// Why `lock_days` protects nothing there; nil where it does, as far as is known. Nothing is extended then.
    public internal(set) var missingLock: String?
    /// Why no more could be done.
    public internal(set) var failure: ObjectStoreError?
}

extension OpenVault {
    /// How many objects' locks one run sees to, on each replica: the shortest first, so that what is left over
    /// waits for the next run.
    public static let locksPerRun = 10_000

    /// Extends the locks of what is still needed when less than half of `lock_days` is left.
    ///
    /// What a put has just locked is written down; of an object that nothing is known of, the provider is asked
    /// first. What has a tombstone is left to its lock's end.
    ///
    /// - Returns: one for each replica with `lock_days`.
    public func renewLocks(limit: Int = locksPerRun) async throws -> [LockRenewal] {
        var renewals: [LockRenewal] = []
        for (index, replica) in catalogReplicas.enumerated() {
            guard let store = replicas.stores[index] as? any BucketStore, let days = store.lockDays
            else { continue }
            try await recordNewLocks(of: store, on: replica)
            if let reason = try catalog.missingLock(at: replica.location) {
                var renewal = LockRenewal(provider: store.name)
                renewal.missingLock = reason
                renewals.append(renewal)
                continue
            }
            renewals.append(try await renewLocks(of: store, days: days, replica, limit: limit))
        }
        return renewals
    }

    private func renewLocks(
        of store: any BucketStore, days: Int, _ replica: CatalogReplica, limit: Int
    ) async throws -> LockRenewal {
        let now = UTCTime.now().secondsSince1970
        let (half, end) = (now + Int64(days) * 43_200, now + Int64(days) * 86_400)
        let due = try catalog.locksDue(on: replica, before: half, limit: limit)
        var renewal = LockRenewal(provider: store.name)
        for start in stride(from: 0, to: due.objects.count, by: Self.locksAtOnce) {
            let part = due.objects[start..<min(start + Self.locksAtOnce, due.objects.count)]
            let outcomes = await withTaskGroup(of: LockOutcome.self) { group in
                for object in part {
                    group.addTask { await LockOutcome(of: object, in: store, half: half, end: end) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            try Task.checkCancellation()
            try catalog.record(
                locks: outcomes.compactMap { outcome in outcome.until.map { (outcome.key, $0) } }, on: replica
            )
            renewal.renewedCount += outcomes.count { $0.isRenewed }
            if let failure = outcomes.compactMap(\.failure).first {
                renewal.failure = failure
                break
            }
        }
        renewal.leftCount = due.count - due.objects.count
        return renewal
    }

    private static let locksAtOnce = 16
}

/// What became of the lock of one object.
private struct LockOutcome: Sendable {
    let key: ObjectKey
    /// When it ends now; nil when that is not known.
    var until: Int64?
    var isRenewed = false
    var failure: ObjectStoreError?

    init(
        of object: (key: ObjectKey, until: Int64?), in store: any BucketStore, half: Int64, end: Int64
    ) async {
        key = object.key
        do throws(ObjectStoreError) {
            // What was put by another machine, or before this catalog was there, may be locked long enough.
            if object.until == nil, let until = try await store.details(key).lockedUntil, until >= half {
                self.until = until
                return
            }
            try await store.lock(key, until: end)
            until = end
            isRenewed = true
        } catch {
            // What is not there is for verify to tell.
            if error.code != .notFound { failure = error }
        }
    }
}
