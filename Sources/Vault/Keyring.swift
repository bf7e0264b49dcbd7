public import Crypto
internal import FoundationEssentials

/// The wrapped keys of a vault: what a password, or 24 words, and one replica open everything with.
///
/// Stored as a flat JSON object of strings, so that a person can read what is there. A MAC under recordKey
/// covers every field, known to this version or not.
public struct Keyring: Sendable {
    public let vault: VaultID
    public let sequence: UInt32
    /// What the password is derived with.
    public let passwordParameters: PasswordParameters
    public let signingPublicKey: VerificationKey
    /// The object's bytes.
    public let bytes: [UInt8]

    let fields: [String: String]

    /// A keyring that a vault's owner has opened.
    public struct Opened: Sendable {
        public let keyring: Keyring
        public let keys: VaultKeys
        public let signingKey: SigningKey
        public let receivingKey: ReceivingKey
    }

    /// The name of the stored object.
    public var name: ObjectName { .keyring(sequence: sequence, SHA256.hash(bytes)) }
}

// MARK: - Making

extension Keyring {
    /// A new vault: random keys, and the recovery key that its owner writes down.
    public static func make(
        password: PasswordKey, created: UTCTime
    ) -> (opened: Opened, recoveryKey: SecretBytes) {
        let recoveryKey = SecretBytes(randomCount: 32)
        let keys = VaultKeys(vault: .random(), masterKey: SecretBytes(randomCount: 32))
        let opened = seal(
            keys: keys, sequence: 1, password: password, recoveryKey: recoveryKey, signingKey: .random(),
            receivingKey: .random(), created: created)
        return (opened, recoveryKey)
    }

    static func seal(
        keys: VaultKeys, sequence: UInt32, password: PasswordKey, recoveryKey: SecretBytes,
        signingKey: SigningKey, receivingKey: ReceivingKey, created: UTCTime
    ) -> Opened {
        func wrap(_ secret: SecretBytes, _ key: SecretBytes, _ name: KeyringField) -> String {
            self.wrap(secret, under: key, name, keys.vault)
        }
        var fields: [String: String] = [
            "format": String(Format.version),
            "program": "photobackup",
            "vault": keys.vault.hex,
            "sequence": String(sequence),
            "created": created.iso8601,
            "signing_public_key": signingKey.publicKey.bytes.hex,
            "receiving_public_key": receivingKey.publicKey.bytes.hex,
        ]
        fields.merge(derivation(of: password)) { $1 }
        fields[KeyringField.masterUnderPassword] = wrap(keys.masterKey, password.key, .masterUnderPassword)
        fields[KeyringField.masterUnderRecovery] = wrap(keys.masterKey, recoveryKey, .masterUnderRecovery)
        fields[KeyringField.recoveryUnderMaster] = wrap(recoveryKey, keys.masterKey, .recoveryUnderMaster)
        fields[KeyringField.signingUnderMaster] = wrap(signingKey.seed, keys.masterKey, .signingUnderMaster)
        fields[KeyringField.receivingUnderMaster] = wrap(
            receivingKey.secretKey, keys.masterKey, .receivingUnderMaster)
        fields["mac"] = mac(fields, keys).hex
        let keyring = Keyring(
            vault: keys.vault, sequence: sequence, passwordParameters: password.parameters,
            signingPublicKey: signingKey.publicKey, bytes: encode(fields), fields: fields)
        return Opened(keyring: keyring, keys: keys, signingKey: signingKey, receivingKey: receivingKey)
    }

    /// What a password is derived with, and told from a wrong one.
    fileprivate static func derivation(of password: PasswordKey) -> [String: String] {
        [
            "kdf": "argon2id13",
            "kdf_passes": String(password.parameters.passes),
            "kdf_memory": String(password.parameters.memoryByteCount),
            "kdf_salt": password.parameters.salt.hex,
            "kdf_check": password.check.hex,
        ]
    }

    fileprivate static func wrap(
        _ secret: SecretBytes, under key: SecretBytes, _ name: KeyringField, _ vault: VaultID
    ) -> String {
        WrappedKey(wrapping: secret, under: key, purpose: name.purpose(vault)).bytes.hex
    }

    fileprivate static func encode(_ fields: [String: String]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(fields) else {
            preconditionFailure("a dictionary of strings is always encodable")
        }
        return [UInt8](data) + [UInt8(ascii: "\n")]
    }

    /// Each field but `mac`, in the order of their names: name, zero byte, value, zero byte. Neither holds a zero
    /// byte itself, so no two keyrings give the same message.
    fileprivate static func mac(_ fields: [String: String], _ keys: VaultKeys) -> SHA256Digest {
        var message: [UInt8] = Format.purpose("keyring")
        // By their bytes: as texts, names would be compared by what Unicode makes of them.
        let ordered = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (name, value) in ordered where name != "mac" {
            message += Array(name.utf8) + [0] + Array(value.utf8) + [0]
        }
        return HMACSHA256.authenticate(message.span.bytes, key: keys.recordKey)
    }
}

extension Keyring.Opened {
    /// The same keys under another password, in a keyring that takes the place of those with a lower sequence. The
    /// other fields stay, also those that this version does not know.
    public func changing(to password: PasswordKey, sequence: UInt32, created: UTCTime) -> Keyring.Opened {
        var fields = keyring.fields.merging(Keyring.derivation(of: password)) { $1 }
        fields["sequence"] = String(sequence)
        fields["created"] = created.iso8601
        fields[KeyringField.masterUnderPassword] = Keyring.wrap(
            keys.masterKey, under: password.key, .masterUnderPassword, keys.vault)
        fields["mac"] = Keyring.mac(fields, keys).hex
        let changed = Keyring(
            vault: keyring.vault, sequence: sequence, passwordParameters: password.parameters,
            signingPublicKey: keyring.signingPublicKey, bytes: Keyring.encode(fields), fields: fields)
        return Keyring.Opened(
            keyring: changed, keys: keys, signingKey: signingKey, receivingKey: receivingKey)
    }
}

// MARK: - Reading

extension Keyring {
    /// Reads a stored keyring. Nothing in it is believed until it is opened.
    ///
    /// - Throws: `malformed`, `newerFormat`.
    public init(parsing bytes: [UInt8], subject: String) throws(VaultError) {
        guard bytes.count <= 64 << 10,
            let fields = try? JSONDecoder().decode([String: String].self, from: Data(bytes))
        else { throw VaultError(.malformed, subject, "it is no keyring") }
        // The MAC separates names and values with zero bytes; JSON could write one inside of them.
        guard !fields.contains(where: { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) }) else {
            throw VaultError(.malformed, subject, "a field holds a zero byte")
        }
        // Else two readers could take different values of it, or another order, for what the MAC covers.
        guard fields.keys.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else {
            throw VaultError(.malformed, subject, "the name of a field is not ASCII")
        }
        guard Self.textCount(bytes) == 2 * fields.count else {
            throw VaultError(.malformed, subject, "a field stands there twice")
        }
        guard let format = fields["format"].flatMap(UInt32.init) else {
            throw VaultError(.malformed, subject, "it does not tell its format")
        }
        guard format > 0, format <= Format.version else {
            throw VaultError(
                .newerFormat, subject, "it has format \(format); this program reads \(Format.version)")
        }
        do {
            guard let vault = fields["vault"].flatMap({ VaultID(hex: $0) }),
                let sequence = fields["sequence"].flatMap(UInt32.init), fields["kdf"] == "argon2id13",
                let passes = fields["kdf_passes"].flatMap(UInt64.init),
                let memory = fields["kdf_memory"].flatMap(Int.init),
                let salt = fields["kdf_salt"].flatMap({ [UInt8](hex: $0) }),
                let publicKey = fields["signing_public_key"].flatMap({ [UInt8](hex: $0) })
            else { throw VaultError(.malformed, subject, "a field is missing or wrong") }
            self.init(
                vault: vault, sequence: sequence,
                passwordParameters: try PasswordParameters(
                    passes: passes, memoryByteCount: memory, salt: salt),
                signingPublicKey: try VerificationKey(publicKey), bytes: bytes, fields: fields)
        } catch let error as CryptoError {
            throw VaultError(.malformed, subject, error.description)
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.malformed, subject, "\(error)")
        }
    }

    /// How many texts there are in JSON that is well-formed: a name and a value for each field, as often as it stands there.
    private static func textCount(_ json: [UInt8]) -> Int {
        var (count, isInside, isEscaped) = (0, false, false)
        for byte in json {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInside.toggle()
                if isInside { count += 1 }
            }
        }
        return count
    }

    /// Reads a stored keyring whose name says that it has this sequence: an old one under a later name would stand in
    /// the way of those after it.
    ///
    /// - Throws: `malformed`, `newerFormat`, `notAuthentic`.
    public init(parsing bytes: [UInt8], sequence: UInt32, subject: String) throws(VaultError) {
        try self.init(parsing: bytes, subject: subject)
        guard self.sequence == sequence else {
            throw VaultError(.notAuthentic, subject, "it is another keyring than its name says")
        }
    }

    /// Opens the keyring with a password. Takes seconds: see `PasswordKey`.
    ///
    /// - Throws: `wrongPassword`; `notAuthentic` for a damaged keyring. A failure of Argon2id is a `CryptoError`.
    public func open(password: SecretBytes) throws -> Opened {
        let passwordKey = try PasswordKey(password: password, parameters: passwordParameters)
        guard let check = fields["kdf_check"].flatMap({ [UInt8](hex: $0) }) else {
            throw VaultError(.malformed, "keyring \(sequence)", "a field is missing or wrong")
        }
        guard passwordKey.matches(check: check) else {
            throw VaultError(.wrongPassword, "keyring \(sequence)", "the password does not open it")
        }
        return try open(masterKey: unwrap(.masterUnderPassword, under: passwordKey.key))
    }

    /// Opens the keyring with the key that the 24 words are. Throws `wrongRecoveryPhrase`.
    public func open(recoveryKey: SecretBytes) throws(VaultError) -> Opened {
        let masterKey: SecretBytes
        do {
            masterKey = try unwrap(.masterUnderRecovery, under: recoveryKey)
        } catch  where error.code == .notAuthentic {
            throw VaultError(.wrongRecoveryPhrase, "keyring \(sequence)", "the words do not open it")
        }
        return try open(masterKey: masterKey)
    }

    /// Opens the keyring with the master key, as the device key gives it. Throws `notAuthentic`.
    public func open(masterKey: SecretBytes) throws(VaultError) -> Opened {
        let keys = VaultKeys(vault: vault, masterKey: masterKey)
        let mac = fields["mac"].flatMap { [UInt8](hex: $0) } ?? []
        guard constantTimeEqual(mac.span.bytes, Self.mac(fields, keys).bytes.span.bytes) else {
            throw VaultError(
                .notAuthentic, "keyring \(sequence)", "it was altered, or belongs to another key")
        }
        do {
            let signingKey = try SigningKey(seed: unwrap(.signingUnderMaster, under: masterKey))
            guard signingKey.publicKey == signingPublicKey else {
                throw VaultError(.notAuthentic, "keyring \(sequence)", "the public key is not the vault's")
            }
            return Opened(
                keyring: self, keys: keys, signingKey: signingKey,
                receivingKey: try ReceivingKey(secretKey: unwrap(.receivingUnderMaster, under: masterKey)))
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.notAuthentic, "keyring \(sequence)", "\(error)")
        }
    }

    func unwrap(_ field: KeyringField, under key: SecretBytes) throws(VaultError) -> SecretBytes {
        guard let stored = fields[field].flatMap({ [UInt8](hex: $0) }) else {
            throw VaultError(.malformed, "keyring \(sequence)", "\(field.rawValue) is missing")
        }
        do {
            return try WrappedKey(stored).unwrap(under: key, purpose: field.purpose(vault))
        } catch {
            throw VaultError(.notAuthentic, "keyring \(sequence)", "\(field.rawValue): \(error)")
        }
    }
}
