public import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Why a vault cannot be audited without its keys.
public struct KeylessError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// Opening chunks takes the keys.
        case needsKeys
        /// The providers' keyrings name several signing keys, and nothing tells which is the vault's.
        case ambiguousKey
        /// The signing key that was given is not the one that is pinned.
        case otherKey
    }

    public let code: Code
    public let description: String
    public let hint: String?

    static let decrypt = KeylessError(
        code: .needsKeys,
        description:
            "level decrypt opens every chunk, which takes the vault's keys; level read proves that the ciphertext is "
            + "what was stored", hint: nil)
}

extension VaultAccess {
    /// The vault for a machine without any secret, which believes what the vault's signing key has signed.
    ///
    /// The key is pinned in the state folder: `given`, or at first use the one that all providers' keyrings name, which
    /// nothing authenticates then and which is told to `warn`. Later runs need no keyring, and no other key is taken.
    ///
    /// - Throws: `KeylessError`, `AccessError`, `StateError`, `CatalogError`.
    public func openKeyless(signingKey given: VerificationKey?) async throws -> AuditedVault {
        let replicas = makeReplicas()
        let known = state.vault(at: providers.map(\.location))
        let pinned = try known.flatMap { try state.signingKey(of: $0) }
        let (vault, key): (VaultID, VerificationKey)
        if let known, let pinned {
            guard given == nil || given == pinned else {
                throw KeylessError(
                    code: .otherKey, description: "this machine knows vault \(known) by another signing key",
                    hint: "leave --signing-key out, or give the pinned one: \(pinned.bytes.hex)")
            }
            (vault, key) = (known, pinned)
        } else {
            (vault, key) = try await firstUse(replicas, expecting: known, given)
        }
        let (folder, catalog) = try openMemory(
            of: vault, at: state.keylessCatalogPath(vault), pinning: pinned == nil ? key : nil,
            isKeyless: true)
        return AuditedVault(
            id: vault, replicas: replicas, signingKey: key, catalog: catalog, lockFolder: folder,
            catalogReplicas: try number(replicas, in: catalog), expectedEvery: providers.map(\.expectedEvery))
    }

    private func firstUse(
        _ replicas: ReplicaSet, expecting known: VaultID?, _ given: VerificationKey?
    ) async throws -> (VaultID, VerificationKey) {
        let found = try await KeyringSearch(replicas: replicas, warn: warn).run()
        var opening = KeyringOpening(
            replicas: replicas, expected: known, remembered: nil, shown: found.shown, warn: warn)
        let keyring = try await opening.identity(signingKey: given)
        opening.tellLeftOut()
        if given == nil {
            warn(
                Warning(
                    what: "signing key",
                    why: "pinned on first use: \(keyring.signingPublicKey.bytes.hex); "
                        + "photobackup status must show the same on a machine that has the vault"))
        }
        return (keyring.vault, keyring.signingPublicKey)
    }
}
