public import Replicator
internal import Vault

/// Whether the vault would be as safe as it is asked to be without one of its providers.
public struct RemovalCheck: Sendable {
    /// What the other replicas showed.
    public let summary: VerifySummary
    /// The others that hold everything.
    public let whole: [String]
    /// How many places these are.
    public let wholePlaces: Int
    /// The others that do not.
    public let lacking: [String]
    /// How many have to be whole when it is gone.
    public let quorum: Int
    /// The quorum that the configuration names, when it is more than there will be providers.
    public let impossibleQuorum: Int?

    public var isSafe: Bool { wholePlaces >= quorum }
}

extension OpenVault {
    /// Gives one replica everything that the others have, ciphertext as it is, in the order in which a replica is
    /// committed and each object proved by its name. What is there already is not sent again, so that an
    /// interrupted run goes on where it was. The sources are not read, and nothing is decrypted.
    ///
    /// - Parameter onUnprovable: told of an object that no other replica has right.
    /// - Returns: how the replica stands when that is done.
    public func fill(
        _ provider: String, isDryRun: Bool = false, progress: RunProgress, warn: @escaping WarningHandler,
        onUnprovable: @escaping @Sendable (ReplicaSetError) -> Void
    ) async throws -> VerifySummary.Replica {
        let summary = try await heal(
            level: .list, providers: [provider], isDryRun: isDryRun, progress: progress, warn: warn,
            telling: HealHandlers(
                onDiscrepancy: { _ in }, onUnprovable: onUnprovable, onLostFile: { _ in }))
        guard let index = summary.replicas.firstIndex(where: { $0.name == provider }) else {
            preconditionFailure("the caller names a provider of this vault")
        }
        var replica = summary.replicas[index]
        if replica.failure == nil {
            replica.failure = await replicas.listingFaults(of: [index])[index]?.reason
        }
        return replica
    }

    /// Looks whether enough of the other replicas hold everything, also what only this provider has shown, so that
    /// it can be taken out of the configuration. It is not asked itself, and nothing is deleted anywhere.
    ///
    /// - Parameter requestedQuorum: the configuration's own; a majority of those that stay when nil.
    public func checkRemoval(
        of provider: String, requestedQuorum: Int?, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> RemovalCheck {
        let others = replicas.names.filter { $0 != provider }
        let summary = try await verify(
            VerifyRequest(providers: others), progress: progress, warn: warn, onDiscrepancy: { _ in })
        let isWhole = { (replica: VerifySummary.Replica) in
            replica.failure == nil && replica.counts.allSatisfy { $0.key == .stray || $0.value == 0 }
        }
        let looked = summary.replicas.filter { others.contains($0.name) }
        let whole = looked.filter(isWhole)
        let quorum = Quorum.majority(of: max(others.count, 1)).replicaCount
        return RemovalCheck(
            summary: summary, whole: whole.map(\.name),
            wholePlaces: replicas.placeCount(whole.compactMap { replicas.names.firstIndex(of: $0.name) }),
            lacking: looked.filter { !isWhole($0) }.map(\.name),
            quorum: min(requestedQuorum ?? quorum, max(others.count, 1)),
            impossibleQuorum: requestedQuorum.flatMap { $0 > others.count ? $0 : nil })
    }
}
