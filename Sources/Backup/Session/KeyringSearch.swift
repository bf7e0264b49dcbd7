internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Finds the keyrings of the vault at all providers, newest first.
///
/// A provider that does not answer is left out and named. One that holds another vault ends the search: nothing
/// is ever written there.
struct KeyringSearch {
    /// A bad keyring must not block the good ones, nor make a machine derive keys for ever.
    private static let attemptLimit = 3

    let replicas: ReplicaSet
    /// The vault that this machine knows at these places.
    let expected: VaultID?
    let warn: WarningHandler
    /// What the keyrings must name, where it is known: others are passed over.
    var signingKey: VerificationKey?

    private struct Found {
        var keyring: Keyring?
        /// Why the newest one could not be read.
        var failure: ObjectStoreError?
    }

    /// - Returns: the keyrings to try, and the listing of all, which need not be asked for again.
    /// - Throws: `AccessError`.
    func run() async throws -> (keyrings: [Keyring], listing: SmallObjectListing) {
        let listings = await list()
        let failures = listings.compactMap { $0.failure }
        for failure in failures { warn(Warning(failure)) }
        if failures.count == listings.count, let first = failures.first { throw first }
        var keyrings: [Keyring] = []
        var unreadable: [ObjectStoreError] = []
        for listing in listings {
            let found = try await newest(listing)
            if let failure = found.failure { unreadable.append(failure) }
            guard let own = found.keyring else { continue }
            if let vault = expected ?? keyrings.first?.vault, own.vault != vault {
                throw AccessError(
                    .otherVault,
                    "\(replicas.names[listing.replica]) holds vault \(own.vault), and not \(vault)",
                    hint: "give this provider a bucket or a prefix of its own")
            }
            if !keyrings.contains(where: { $0.name == own.name }) { keyrings.append(own) }
        }
        guard !keyrings.isEmpty else {
            if listings.contains(where: { !$0.names.isEmpty }) {
                throw AccessError(
                    .noKeyring,
                    signingKey == nil
                        ? "no keyring of the vault can be read"
                        : "no keyring at the providers can be read and names this signing key",
                    hint: (unreadable + failures).lazy.compactMap(\.hint).first)
            }
            throw AccessError(
                failures.isEmpty ? .noVault : .unreachable,
                failures.isEmpty
                    ? "no vault is there" : "no vault is at the providers that answered",
                hint: failures.isEmpty
                    ? "photobackup init makes one"
                    : failures.lazy.compactMap(\.hint).first ?? "try again when the others answer")
        }
        keyrings.sort { $0.sequence > $1.sequence }
        return (
            Array(keyrings.prefix(Self.attemptLimit)),
            SmallObjectListing(objects: listings.map(\.objects), failures: listings.map(\.failure))
        )
    }

    struct Listing: Sendable {
        let replica: Int
        /// nil where the listing failed.
        var objects: [ObjectInfo]?
        /// Newest first.
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

    /// The newest keyring of one provider that can be read. One that cannot is named and passed over.
    private func newest(_ listing: Listing) async throws -> Found {
        var found = Found()
        for (sequence, key) in listing.names.prefix(Self.attemptLimit) {
            do {
                let bytes = try await replicas.getVerified(
                    key, maximumByteCount: 64 << 10, from: [listing.replica])
                let keyring = try Keyring(
                    parsing: bytes.array, sequence: sequence, subject: key.rawValue)
                guard let signingKey, keyring.signingPublicKey != signingKey else {
                    found.keyring = keyring
                    return found
                }
                warn(
                    Warning(
                        what: replicas.names[listing.replica],
                        why: "\(key): it names another signing key; it is left out"))
            } catch let error as ReplicaSetError {
                let own = error.failures.first?.error
                if found.failure == nil { found.failure = own }
                warn(
                    Warning(
                        what: replicas.names[listing.replica], why: "\(key): \(own?.reason ?? error.reason)"))
            } catch let error as VaultError {
                warn(Warning(what: replicas.names[listing.replica], why: "\(key): \(error.reason)"))
            } catch {
                warn(Warning(what: replicas.names[listing.replica], why: "\(key): \(error)"))
            }
        }
        return found
    }
}
