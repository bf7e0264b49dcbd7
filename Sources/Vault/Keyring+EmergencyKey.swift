public import Crypto

extension Keyring.Opened {
    /// What the kit prints besides the words.
    public var emergencyKey: EmergencyKey {
        func bytes(_ field: KeyringField) -> [UInt8] {
            guard let bytes = keyring.fields[field].flatMap({ [UInt8](hex: $0) }) else {
                preconditionFailure("an opened keyring has its wrapped keys")
            }
            return bytes
        }
        return EmergencyKey(
            vault: keyring.vault, masterUnderRecovery: bytes(.masterUnderRecovery),
            signingUnderMaster: bytes(.signingUnderMaster), receivingUnderMaster: bytes(.receivingUnderMaster)
        )
    }

    /// The key that the 24 words are.
    ///
    /// - Throws: `notAuthentic`, `malformed`.
    public func recoveryKey() throws(VaultError) -> SecretBytes {
        try keyring.unwrap(.recoveryUnderMaster, under: keys.masterKey)
    }
}

extension EmergencyKey {
    /// The vault's keys, in a keyring that is stored nowhere and that no password opens.
    ///
    /// - Throws: `wrongRecoveryPhrase`; `notAuthentic` where it was altered; `CryptoError` where memory is short.
    public func open(recoveryKey: SecretBytes) throws -> Keyring.Opened {
        let masterKey: SecretBytes
        do {
            masterKey = try unwrap(masterUnderRecovery, .masterUnderRecovery, under: recoveryKey)
        } catch {
            throw VaultError(.wrongRecoveryPhrase, "wrapped key", "the words do not open it")
        }
        let password = try PasswordKey.make(password: SecretBytes(randomCount: 32), strength: .interactive)
        do {
            return Keyring.seal(
                keys: VaultKeys(vault: vault, masterKey: masterKey), sequence: 0, password: password,
                recoveryKey: recoveryKey,
                signingKey: try SigningKey(
                    seed: unwrap(signingUnderMaster, .signingUnderMaster, under: masterKey)),
                receivingKey: try ReceivingKey(
                    secretKey: unwrap(receivingUnderMaster, .receivingUnderMaster, under: masterKey)),
                created: .now())
        } catch {
            throw VaultError(.notAuthentic, "wrapped key", "it was altered: \(error)")
        }
    }

    private func unwrap(_ wrapped: [UInt8], _ field: KeyringField, under key: SecretBytes) throws
        -> SecretBytes
    {
        try WrappedKey(wrapped).unwrap(under: key, purpose: field.purpose(vault))
    }
}
