internal import ObjectStore
internal import Replicator
internal import Vault

/// How much a run gives, without being asked, to a replica that shows nothing of the vault.
public enum RefillRule: Sendable, Hashable {
    case upTo(Int64)
    /// `--refill`.
    case everything

    /// What a person would want to be asked about.
    public static let unasked = RefillRule.upTo(1 << 30)

    func allows(_ byteCount: Int64) -> Bool {
        switch self {
        case .upTo(let limit): byteCount <= limit
        case .everything: true
        }
    }
}

/// A replica that answered and shows nothing of the vault.
struct EmptyReplica: Sendable {
    let replica: Int
    /// Whether this machine has seen the vault there: somebody has emptied it, or another bucket answers.
    let isEmptied: Bool
    let byteCount: Int64

    /// For people.
    var size: String {
        let units: [(Int64, String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
        let unit = units.first { byteCount >= $0.0 } ?? (1, "bytes")
        return "\(byteCount / unit.0) \(unit.1)"
    }
}

extension AuditedVault {
    /// Looks at the replicas that show nothing of a vault which others show. One that held it is left alone, as is one
    /// that would get more than `rule` lets: it can be a mistyped name, or the work of whoever wants the bill to be high.
    /// Nothing is put there in this run.
    ///
    /// - Returns: those that are empty, left alone or not. Each is warned of.
    func lookAtEmptyReplicas(
        _ listing: SmallObjectListing, _ rule: RefillRule, warn: WarningHandler
    ) throws -> [EmptyReplica] {
        let empty = listing.answering.filter { listing.objects[$0]?.isEmpty ?? false }
        guard empty.count < listing.answering.count else { return [] }
        return try empty.map { index in
            let replica = catalogReplicas[index]
            let empty = EmptyReplica(
                replica: index, isEmptied: try catalog.hasShown(replica),
                byteCount: try catalog.backlog(of: replica).byteCount)
            if empty.isEmptied { try forgetEverything(on: replica) }
            let name = replicas.names[index]
            let isLeft = rule != .everything && (empty.isEmptied || !rule.allows(empty.byteCount))
            if isLeft {
                replicas.close(
                    index,
                    because: ObjectStoreError(
                        .notFound, store: name,
                        reason: empty.isEmptied
                            ? "it held the vault, and shows nothing of it now: nothing is put there"
                            : "it shows nothing of the vault, and filling it takes \(empty.size): "
                                + "nothing is put there unasked",
                        hint: "look whether bucket, prefix and account are right; photobackup provider add "
                            + "\(name), or --refill, fills it from the others"))
            }
            let told =
                replicas.closure(of: index)?.reason
                ?? "it shows nothing of the vault, and is filled from the others: \(empty.size)"
            warn(Warning(what: name, why: told))
            return empty
        }
    }

    /// What was not listed is gone too, and is missed with the rest; of the packs `synchronise` has said so.
    private func forgetEverything(on replica: CatalogReplica) throws {
        for prefix in ObjectName.synchronisedPrefixes {
            let held = try catalog.objects(prefix: prefix).filter { $0.confirmed & replica.bit != 0 }
            try catalog.forget(objects: held.map(\.name), by: replica)
        }
    }
}
