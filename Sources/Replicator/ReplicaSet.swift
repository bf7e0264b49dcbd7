public import Crypto
public import ObjectStore
internal import Synchronization

/// The replicas of one vault, asked together: a failure of one never stops the work with the others.
///
/// A replica is known by its place in `stores`, which is its place in the configuration. Nothing here knows
/// a key or reads a format: an object is a name, a size, and the SHA-256 at the end of the name. All calls
/// may run at the same time.
public final class ReplicaSet: Sendable {
    /// The largest object that is read whole. What the vault writes is at most about 20 MiB.
    public static let maximumObjectByteCount = 64 << 20

    public let stores: [any ObjectStore]
    public let quorum: Quorum
    let health: ReplicaHealth
    let placeNumbers: Mutex<[Int]>
    let patienceWithListings = Mutex(ListingPatience.everyone)
    let patience: Patience
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - stores: at least one, in the order of the configuration.
    ///   - quorum: from 1 to the number of stores; more than half of them when nil.
    ///   - patience: how long a read waits for one replica before it asks another as well.
    ///   - clock: what `patience` is measured with.
    public init(
        stores: [any ObjectStore], quorum: Int? = nil, patience: Patience = Patience(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        let quorum = quorum.map(Quorum.init) ?? .majority(of: stores.count)
        precondition(quorum.replicaCount <= stores.count, "a quorum of more replicas than there are")
        self.stores = stores
        self.quorum = quorum
        self.patience = patience
        placeNumbers = Mutex(Array(stores.indices))
        self.clock = clock
        let cold = stores.indices.filter { (stores[$0] as? any BucketStore)?.isCold ?? false }
        health = ReplicaHealth(replicaCount: stores.count, cold: Set(cold))
    }

    /// The providers' names in the configuration.
    public var names: [String] { stores.map(\.name) }

    /// Forgets what was learned of the replicas: those that are out get another chance.
    public func beginPhase() {
        for store in stores { store.beginPhase() }
        health.beginPhase()
    }

    /// What is wrong with the listings of those of the replicas that can be asked, each by a listing of two pages.
    public func listingFaults(of replicas: [Int]) async -> [Int: ObjectStoreError] {
        await withTaskGroup(of: (Int, ObjectStoreError)?.self) { [stores] group in
            for replica in replicas {
                group.addTask {
                    do throws(ObjectStoreError) {
                        try await stores[replica].requireListing()
                        return nil
                    } catch {
                        return error.code == .unsupported ? (replica, error) : nil
                    }
                }
            }
            return await group.reduce(into: [:]) { faults, fault in if let fault { faults[fault.0] = fault.1 }
            }
        }
    }

    /// Lets reads ask this replica first, until another is preferred or none (nil).
    public func prefer(_ replica: Int?) { health.prefer(replica) }

    /// Why the replica is left alone for the rest of this phase; nil when it is not.
    public func outage(of replica: Int) -> Outage? { health.outage(of: replica) }

    /// Stores an object on all replicas at once.
    public func put(_ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest) async -> [PutOutcome] {
        await put(key, bytes, sha256: sha256, to: stores.indices)
    }

    /// Stores an object on the given replicas at once and returns what became of it on each, in the order
    /// given, when the last one has answered.
    ///
    /// A replica that fails in a way that would meet the next object too is out for the rest of the phase:
    /// it is skipped, at once, until `beginPhase()`. When the task is cancelled, those that had not yet
    /// acknowledged have failed with `cancelled`.
    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest, to replicas: some Sequence<Int>
    ) async -> [PutOutcome] {
        let replicas = Array(replicas)
        return await withTaskGroup(of: (place: Int, answer: PutOutcome.Answer).self) { group in
            for (place, replica) in replicas.enumerated() {
                group.addTask {
                    (place, await self.answer(of: replica, toPutting: bytes, as: key, sha256: sha256))
                }
            }
            var answers: [PutOutcome.Answer?] = Array(repeating: nil, count: replicas.count)
            for await (place, answer) in group { answers[place] = answer }
            return zip(replicas, answers).map { PutOutcome(replica: $0, answer: $1!) }
        }
    }

    private func answer(
        of replica: Int, toPutting bytes: ObjectBytes, as key: ObjectKey, sha256: SHA256Digest
    ) async -> PutOutcome.Answer {
        if let outage = health.outage(of: replica) { return .skipped(outage.reason) }
        do {
            try await stores[replica].put(key, bytes, sha256: sha256)
            return .stored
        } catch {
            health.recordPutFailure(error, of: replica)
            return .failed(error)
        }
    }
}
