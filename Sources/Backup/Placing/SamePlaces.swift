internal import ObjectStore
internal import Replicator
internal import Vault

/// Providers that are one place under several names.
public struct SamePlaceError: Error, Sendable, CustomStringConvertible {
    /// The providers' names.
    public let providers: [String]

    public var description: String { SamePlaceError.text(providers) }
    public let hint =
        "give each provider a bucket or a directory of its own, or take one out of the configuration"

    static func text(_ names: [String]) -> String {
        "\(names.joined(separator: " and ")) are one place, and hold one copy: what is put at one is at the other"
    }
}

extension VaultAccess {
    /// Refuses providers that are one place, as a trial shows it now.
    ///
    /// - Returns: what the trial has found, to be kept once there is a catalog.
    /// - Throws: `SamePlaceError`.
    func requireSeparatePlaces() async throws -> PlaceTrial.Outcome {
        let outcome = await PlaceTrial(stores: providers.map(\.store)).run(on: Array(providers.indices))
        try Task.checkCancellation()
        if let (one, other) = outcome.same.first {
            throw SamePlaceError(providers: [providers[one].store.name, providers[other].store.name])
        }
        return outcome
    }

    /// Writes down what a trial has found.
    func keep(_ outcome: PlaceTrial.Outcome, in catalog: Catalog) throws {
        for (pairs, isSame) in [(outcome.same, true), (outcome.apart, false)] {
            for (one, other) in pairs {
                try catalog.setSamePlace(providers[one].location, providers[other].location, isSame)
            }
        }
        for (provider, finding) in zip(providers, outcome.findings) where finding.isUnlocked {
            try catalog.setUnlocked(provider.location, true)
        }
    }
}

extension AuditedVault {
    /// Refuses a provider that is the same place as another one, as a trial shows it now.
    ///
    /// - Throws: `SamePlaceError`, `CatalogError`, `CancellationError`.
    public func requireOwnPlace(of provider: String) async throws {
        try await settle(on: Array(replicas.stores.indices))
        if let names = replicas.sharedPlaces.first(where: { $0.contains(provider) }) {
            throw SamePlaceError(providers: names)
        }
    }

    /// Tries replicas, and keeps what that has found.
    private func settle(on chosen: [Int]) async throws {
        let outcome = await PlaceTrial(stores: replicas.stores).run(on: chosen)
        try Task.checkCancellation()
        for (pairs, isSame) in [(outcome.same, true), (outcome.apart, false)] {
            for (one, other) in pairs {
                try catalog.setSamePlace(
                    catalogReplicas[one].location, catalogReplicas[other].location, isSame)
            }
        }
        try countPlaces()
    }

    /// Lets the quorum count places, as trials have found them; called whenever that may have changed.
    func countPlaces() throws {
        try replicas.countPlaces(of: catalogReplicas.map(\.location), in: catalog)
    }

    /// Finds out which replicas are one place, where that is not known yet, and lets the quorum count places.
    ///
    /// Two listings of the same moment that show an object with different times or sizes are of two places; only where
    /// they cannot be told apart so, something is put.
    func settlePlaces(_ listing: SmallObjectListing, warn: WarningHandler) async throws {
        var unsettled: [(Int, Int)] = []
        for (one, other) in pairs(of: listing.answering) {
            guard
                try catalog.isSamePlace(catalogReplicas[one].location, catalogReplicas[other].location) == nil
            else { continue }
            if listing.areApart(one, other) {
                try catalog.setSamePlace(
                    catalogReplicas[one].location, catalogReplicas[other].location, false)
            } else {
                unsettled.append((one, other))
            }
        }
        if !unsettled.isEmpty {
            try await settle(on: Set(unsettled.flatMap { [$0, $1] }).sorted())
        } else {
            try countPlaces()
        }
        for names in replicas.sharedPlaces {
            warn(Warning(what: names.last ?? "", why: SamePlaceError.text(names)))
        }
    }

    private func pairs(of replicas: [Int]) -> [(Int, Int)] {
        replicas.enumerated().flatMap { place, one in replicas[(place + 1)...].map { (one, $0) } }
    }
}

extension ReplicaSet {
    /// - Parameter locations: of the replicas, in their order.
    func countPlaces(of locations: [String], in catalog: Catalog) throws {
        setPlaces(joining: try catalog.samePlaces(among: locations))
    }
}

extension SmallObjectListing {
    /// Whether what two replicas show cannot be the same place's: an object of one name and other size or time, or
    /// nothing at one and something at the other.
    func areApart(_ one: Int, _ other: Int) -> Bool {
        guard let first = objects[one], let second = objects[other] else { return false }
        if first.isEmpty != second.isEmpty { return true }
        let shown = Dictionary(first.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return second.contains { object in
            shown[object.key].map { $0.modified != object.modified || $0.byteCount != object.byteCount }
                ?? false
        }
    }
}
