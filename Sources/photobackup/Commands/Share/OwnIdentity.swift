internal import Backup
internal import Configuration
internal import Crypto
internal import Foundation
internal import Vault

// Who this person is to others: the owner of the configured vault, or of a file of 32 random bytes beside the
// configuration, where there is no vault.

extension CommandContext {
    private var configurationFolder: String {
        (configurationFile as NSString).deletingLastPathComponent
    }

    /// Where a person without a vault keeps what opens the grants that were given to them.
    var identityFile: String { configurationFolder + "/identity" }

    /// What others have shared with this person, beside the configuration.
    var acceptedShares: AcceptedShares { AcceptedShares(folder: configurationFolder + "/shares") }

    /// The vault that is configured, opened; nil where none is.
    func ownVault() async throws -> OpenVault? {
        guard isThere(configurationFile) else { return nil }
        let configuration = try configuration()
        guard !configuration.providers.isEmpty else { return nil }
        return try await vaultAccess(configuration).open()
    }

    /// The identity in the file; nil where there is no file.
    ///
    /// - Throws: `SecretError` where others may read it.
    func identityInFile() throws -> Identity? {
        guard let content = try PrivateText.read(identityFile, subject: "identity") else { return nil }
        let seed = content.withUnsafeBytes {
            [UInt8](hex: String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard var seed else {
            throw CommandError(what: identityFile, why: "it holds no identity")
        }
        return try Identity(seed: SecretBytes(consuming: &seed))
    }

    /// Makes the file.
    func makeIdentity() throws -> Identity {
        let seed = SecretBytes(randomCount: KeyDerivation.keyByteCount)
        try PrivateText(seed.withUnsafeBytes { [UInt8]($0).hex } + "\n")
            .write(to: identityFile, replacing: false)
        return try Identity(seed: seed)
    }

    /// Opens a grant with whichever identity it was made for.
    ///
    /// - Parameter vault: the person's own, where it is open already.
    /// - Throws: `VaultError` where it is for neither.
    func open(
        _ grant: [UInt8], from subject: String, vault: OpenVault?
    ) async throws -> (grant: Grant, identity: Identity) {
        var refusal: (any Error)?
        if let identity = try identityInFile() {
            do {
                return (try Grant(opening: grant, for: identity, subject: subject), identity)
            } catch {
                refusal = error
            }
        }
        var opened = vault
        if opened == nil { opened = try await ownVault() }
        guard let keyring = opened?.keyring else {
            throw refusal
                ?? CommandError(
                    what: subject, why: "this person has no identity yet that a grant could be made for",
                    hint: "photobackup share identity makes one; send its public key to the giver")
        }
        let identity = Identity(keyring)
        return (try Grant(opening: grant, for: identity, subject: subject), identity)
    }
}
