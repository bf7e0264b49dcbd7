internal import ObjectStore

/// What became of an object that was to be copied from the replicas that have it.
public enum CopyOutcome: Sendable {
    /// A replica proved its bytes; what became of them on each replica that was to get them.
    case proved([PutOutcome])
    /// No replica has bytes that hash to the name, so nothing was written; each one's failure.
    case unprovable(ReplicaSetError)
}

extension ReplicaSet {
    /// As `copy`, where the replicas never acknowledged the object. It may have arrived all the same: they are asked for it
    /// first, for as long as `absence` finds any.
    public func give(
        _ object: NeededObject, to replicas: [Int], preferring cheap: Set<Int> = [], _ absence: AbsenceLook?
    ) async -> CopyOutcome {
        var there: [PutOutcome] = []
        for replica in replicas where health.outage(of: replica) == nil {
            guard await absence?.find([object], on: replica).found.isEmpty == false else { continue }
            there.append(PutOutcome(replica: replica, answer: .stored))
        }
        let targets = replicas.filter { target in !there.contains { $0.replica == target } }
        guard !targets.isEmpty else { return .proved(there) }
        let outcome = await copy(object, to: targets, preferring: cheap)
        guard case .proved(let answers) = outcome else { return outcome }
        return .proved(there + answers)
    }

    /// Puts the object on `replicas` from another one whose bytes hash to its name. Bytes that do not are
    /// never written.
    ///
    /// - Parameters:
    ///   - excluded: replicas that are not to be read, such as those known to be damaged; those that are written
    ///     are never read.
    ///   - cheap: replicas that are read before the others, while they are well.
    public func copy(
        _ object: NeededObject, to replicas: [Int], excluding excluded: Set<Int> = [],
        preferring cheap: Set<Int> = []
    ) async -> CopyOutcome {
        guard let digest = object.key.contentDigest else {
            return .unprovable(ReplicaSetError(.unprovableName, key: object.key))
        }
        // With all of them out, the download would be for nothing.
        let outages = replicas.map { health.outage(of: $0) }
        if outages.allSatisfy({ $0 != nil }) {
            return .proved(
                zip(replicas, outages).map { PutOutcome(replica: $0, answer: .skipped($1!.reason)) })
        }
        let order = health.readingOrder().filter { !replicas.contains($0) && !excluded.contains($0) }
        let isFirst = { cheap.contains($0) && self.health.outage(of: $0) == nil }
        do {
            let bytes = try await getVerified(
                object.key, expectedByteCount: object.byteCount,
                from: order.filter(isFirst) + order.filter { !isFirst($0) })
            return .proved(await put(object.key, bytes, sha256: digest, to: replicas))
        } catch {
            return .unprovable(error)
        }
    }
}
