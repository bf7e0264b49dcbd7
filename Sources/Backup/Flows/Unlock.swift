internal import Crypto
public import Vault

/// What `unlock` has led to.
public struct UnlockOutcome: Sendable {
    public let vault: VaultID
    public let place: DeviceKeyPlace
    /// Whether the key was there before, and nothing was changed.
    public let wasUnlocked: Bool
    /// A credential that was there before, for another process, opens the vault no more.
    public let replacesCredential: Bool
}

extension OpenVault {
    /// Makes the key that opens this vault on this machine from now on.
    ///
    /// - Throws: `StateError`.
    @discardableResult
    public func makeDeviceKey() throws -> DeviceKeyPlace {
        try DeviceKey(folder: lockFolder, vault: id).make(for: keys.masterKey)
    }
}

extension VaultAccess {
    /// What systemd has to call the device key when it passes it as a credential.
    public static var deviceKeyCredential: String { DeviceKey.credentialName }

    /// Makes this machine's device key, so that the vault opens without its password from now on. Without a secret
    /// that was given, one that is there already stays.
    ///
    /// - Throws: `AccessError`, `VaultError`, `StateError`, `CatalogError`, `CryptoError`.
    public func unlock(isDryRun: Bool = false) async throws -> UnlockOutcome {
        let vault = try await open()
        let key = DeviceKey(folder: vault.lockFolder, vault: vault.id)
        let wasUnlocked = try givenSecret == nil && key.masterKey() != nil
        let replacesCredential = try key.lacksKey()
        let place = try wasUnlocked || isDryRun ? key.place() : vault.makeDeviceKey()
        return UnlockOutcome(
            vault: vault.id, place: place, wasUnlocked: wasUnlocked, replacesCredential: replacesCredential)
    }

    /// Removes this machine's device key. Asks no provider, and needs no secret.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `AccessError` with `noVault` when this machine knows of none at these providers; `StateError`.
    public func lock(isDryRun: Bool = false) throws -> Bool {
        guard let vault = state.vault(at: providers.map(\.location)) else {
            throw AccessError(.noVault, "this machine knows of no vault at these providers")
        }
        let key = DeviceKey(folder: try state.vaultFolder(vault), vault: vault)
        return isDryRun ? key.exists() : try key.remove()
    }
}
