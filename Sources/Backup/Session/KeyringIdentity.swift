internal import Crypto
internal import Vault

extension KeyringOpening {
    /// For a machine without any secret: a keyring that names the vault and its signing key.
    ///
    /// Nothing authenticates a keyring then. Where several vaults or keys are named, one counts if it alone has signed
    /// anything that the providers show.
    ///
    /// - Parameter given: the signing key, where it is known: others are left out.
    /// - Throws: `KeylessError` with `ambiguousKey`, `AccessError`.
    mutating func identity(signingKey given: VerificationKey?) async throws -> Keyring {
        let keyrings = try await keyrings(signingKey: given)
        guard let first = keyrings.first else {
            throw failure(
                AccessError(
                    .noKeyring, "no keyring at the providers can be read and names this signing key"))
        }
        if Self.agree(keyrings) { return first }
        let signing = await KeyringEvidence(replicas: replicas).signing(of: keyrings)
        guard let first = signing.first, Self.agree(signing) else {
            throw KeylessError(
                code: .ambiguousKey,
                description: given == nil
                    ? "the keyrings at the providers name different signing keys"
                    : "the keyrings at the providers that name this signing key name different vaults",
                hint:
                    "give the vault's with --signing-key; photobackup status shows it where the vault is open"
            )
        }
        return first
    }

    private static func agree(_ keyrings: [Keyring]) -> Bool {
        keyrings.allSatisfy {
            $0.vault == keyrings[0].vault && $0.signingPublicKey == keyrings[0].signingPublicKey
        }
    }
}
