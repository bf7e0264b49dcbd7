public import ObjectStore
public import Vault

/// How a replica stands: what it misses, since when, and why.
public struct ReplicaStanding: Sendable {
    public let name: String
    /// Packs that it has not confirmed.
    public let packsMissing: Int
    /// Small objects, such as snapshots, that it has not confirmed.
    public let objectsMissing: Int
    /// Of both.
    public let bytesMissing: Int64
    /// What it has lost or has not right, as far as is known, and that is not healed.
    public let damageCount: Int
    /// Why it does not answer, or answers that it will not; nil when it can be used.
    public let failure: String?
    /// Whether nobody answers there: then `failure` says why; what refuses is reached.
    public let isUnreachable: Bool
    /// Since when it has not had everything; nil when it has.
    public let behindSince: UTCTime?
    /// Why it has not, as the last run found.
    public let reason: String?
    /// What a person can do about it, where this run has found that out.
    public internal(set) var hint: String?
    /// What the provider announces that it will delete.
    public let expiry: AnnouncedExpiry?
    /// It does not answer, as expected, and not for too long yet.
    public let isAway: Bool

    /// Whether it has everything, as far as is known.
    public var isWhole: Bool {
        failure == nil && packsMissing == 0 && objectsMissing == 0 && damageCount == 0
    }

    /// Whether it has to catch up or to be healed, does not answer though it should, or will lose what it has.
    public var isBehind: Bool { !isWhole && !isAway || expiry != nil }
}

extension Catalog {
    /// How the replica stands when the last look at it ended with `failure`. It is away only where nobody was there
    /// to answer: a disk that cannot be read, or refuses, is not.
    ///
    /// - Parameter lostObjectCount: how many that the catalog counts as confirmed it does not show now.
    func standing(
        of replica: CatalogReplica, failure: ObjectStoreError?, expectedEvery: Duration?,
        lostObjectCount: Int = 0,
        at now: UTCTime = .now()
    ) throws -> ReplicaStanding {
        let known = try self.replica(replica.id)
        let backlog = try backlog(of: replica)
        let isComplete = failure == nil && backlog.isEmpty
        let since =
            isComplete
            ? nil
            : [known.behindSince.map { UTCTime(secondsSince1970: $0) }, backlog.oldest].compactMap(\.self)
                .min()
        let awayFor = since.map { now.secondsSince1970 - $0.secondsSince1970 } ?? 0
        return ReplicaStanding(
            name: known.name, packsMissing: backlog.packCount, objectsMissing: backlog.objectCount,
            bytesMissing: backlog.byteCount, damageCount: try damageCount(of: replica) + lostObjectCount,
            failure: failure?.reason,
            isUnreachable: failure.map { error in
                // Who says that there is no such bucket has answered.
                error.code.isAbsence
                    && !(error.code == .containerNotFound && !replica.location.hasPrefix("file:"))
            } ?? false,
            behindSince: since, reason: failure?.reason ?? (isComplete ? nil : known.failure),
            hint: failure?.hint, expiry: try announcedExpiry(at: replica.location),
            isAway: failure?.code.isAbsence ?? false
                && expectedEvery.map { Duration.seconds(awayFor) <= $0 } ?? false)
    }
}

extension AuditedVault {
    /// As the catalog does it, of the replicas that answered.
    func noteExpiries(_ unreachable: [ObjectStoreError?], isAsking: Bool) async throws {
        try await catalog.noteExpiries(
            catalogReplicas.enumerated().map { ($1, replicas.stores[$0], unreachable[$0] == nil) },
            isAsking: isAsking)
    }

    func standing(of replica: Int, failure: ObjectStoreError?) throws -> ReplicaStanding {
        try catalog.standing(
            of: catalogReplicas[replica], failure: failure, expectedEvery: expectedEvery[replica])
    }

    /// Writes down since when and why each replica has not everything, and tells how it stands.
    ///
    /// - Parameter failures: by replica, what kept it from getting everything.
    func noteStandings(
        unreachable: [ObjectStoreError?], failures: [Int: ObjectStoreError]
    ) throws -> [ReplicaStanding] {
        try catalogReplicas.indices.map { index in
            let before = try standing(of: index, failure: unreachable[index])
            try catalog.note(
                catalogReplicas[index],
                behindSince: before.isWhole ? nil : before.behindSince ?? .now(),
                failure: before.isWhole ? nil : before.failure ?? failures[index]?.reason)
            var standing = try standing(of: index, failure: unreachable[index])
            if !standing.isWhole, standing.hint == nil { standing.hint = failures[index]?.hint }
            return standing
        }
    }

    /// Writes down since when a replica has not answered, or that it is there again and whole; for flows that give it
    /// nothing.
    ///
    /// - Returns: whether it is away as expected.
    func noteAbsence(of replica: Int, failure: ObjectStoreError?) throws -> Bool {
        let standing = try standing(of: replica, failure: failure)
        if let failure {
            try catalog.note(
                catalogReplicas[replica], behindSince: standing.behindSince ?? .now(), failure: failure.reason
            )
        } else if standing.isWhole {
            try catalog.note(catalogReplicas[replica], behindSince: nil, failure: nil)
        }
        return standing.isAway
    }
}

extension ObjectStoreError.Code {
    /// Nobody was there to answer, as where a disk is not plugged in.
    fileprivate var isAbsence: Bool {
        switch self {
        case .containerNotFound, .connectionFailed, .hostNotResolved, .timedOut, .suspended: true
        default: false
        }
    }
}
