public import ObjectStore
internal import Synchronization

/// Asks a replica for objects that its listing lacks, one by one: where listings lag behind, what was stored a moment ago
/// is there all the same.
///
/// A replica is asked for as long as something turns up; where so many were really absent, its listing is believed, so
/// that an emptied place costs no request for each of its objects.
public final class AbsenceLook: Sendable {
    /// How many requests in a row may find nothing.
    public static let limit = 100
    private static let requestsAtOnce = 8

    private let stores: [any ObjectStore]
    /// By replica.
    private let missCounts: Mutex<[Int]>

    public init(_ replicas: ReplicaSet) {
        stores = replicas.stores
        missCounts = Mutex(Array(repeating: 0, count: replicas.stores.count))
    }

    /// Those of the objects that the replica has with the size needed, in no order, and how many it was asked for. One that
    /// it does not answer for counts as absent, and so does one of another size: listing and answer cannot both be right.
    public func find(
        _ objects: [NeededObject], on replica: Int
    ) async -> (found: [ObjectInfo], requestCount: Int) {
        await withTaskGroup(of: ObjectInfo?.self) { [stores] group in
            var found: [ObjectInfo] = []
            var (running, requestCount) = (0, 0)
            func collect() async {
                guard let answer = await group.next() else { return }
                running -= 1
                note(answer != nil, of: replica)
                if let answer { found.append(answer) }
            }
            for object in objects {
                if running >= Self.requestsAtOnce { await collect() }
                guard isWorthAsking(replica), !Task.isCancelled else { break }
                group.addTask {
                    guard let shown = try? await stores[replica].head(object.key),
                        shown.byteCount == object.byteCount ?? shown.byteCount
                    else { return nil }
                    return shown
                }
                running += 1
                requestCount += 1
            }
            while running > 0 { await collect() }
            return (found, requestCount)
        }
    }

    private func isWorthAsking(_ replica: Int) -> Bool {
        missCounts.withLock { $0[replica] < Self.limit }
    }

    private func note(_ isThere: Bool, of replica: Int) {
        missCounts.withLock { $0[replica] = isThere ? 0 : $0[replica] + 1 }
    }
}
