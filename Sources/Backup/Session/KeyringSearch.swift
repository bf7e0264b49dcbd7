internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// A keyring that providers show, by its name alone: nothing in it is believed yet.
struct ShownKeyring: Hashable {
    let key: ObjectKey
    let sequence: UInt32
    /// The replicas that show it, in the order of the configuration.
    var holders: [Int]
}

/// Lists the keyrings at all providers.
///
/// A provider that does not answer is left out and named.
struct KeyringSearch {
    let replicas: ReplicaSet
    let warn: WarningHandler

    /// - Returns: what is shown, each once, and the listing of all, which need not be asked for again.
    /// - Throws: `AccessError` with `noVault` or `unreachable`; the first failure where no provider answered.
    func run() async throws -> (shown: [ShownKeyring], listing: SmallObjectListing) {
        let listings = await list()
        let failures = listings.compactMap { $0.failure }
        for failure in failures { warn(Warning(failure)) }
        if failures.count == listings.count, let first = failures.first { throw first }
        var shown: [ObjectKey: ShownKeyring] = [:]
        for listing in listings {
            for (sequence, key) in listing.names {
                shown[key, default: ShownKeyring(key: key, sequence: sequence, holders: [])].holders
                    .append(listing.replica)
            }
        }
        guard !shown.isEmpty else {
            throw AccessError(
                failures.isEmpty ? .noVault : .unreachable,
                failures.isEmpty
                    ? "no vault is there" : "no vault is at the providers that answered",
                hint: failures.isEmpty
                    ? "photobackup init makes one"
                    : failures.lazy.compactMap(\.hint).first ?? "try again when the others answer")
        }
        return (
            Array(shown.values),
            SmallObjectListing(objects: listings.map(\.objects), failures: listings.map(\.failure))
        )
    }

    struct Listing: Sendable {
        let replica: Int
        /// nil where the listing failed.
        var objects: [ObjectInfo]?
        var names: [(sequence: UInt32, key: ObjectKey)] = []
        var failure: ObjectStoreError?
    }

    /// The keyrings' names at every provider, asked at once.
    func list() async -> [Listing] {
        let answers = await replicas.listSmallObjects([ObjectName.keyringPrefix])
        return replicas.stores.indices.map { replica in
            var listing = Listing(
                replica: replica, objects: answers.objects[replica], failure: answers.failures[replica])
            for object in answers.objects[replica] ?? [] {
                guard case .keyring(let sequence, _) = ObjectName(object.key) else { continue }
                listing.names.append((sequence, object.key))
            }
            listing.names.sort { $0 > $1 }
            return listing
        }
    }
}
