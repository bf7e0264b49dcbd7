internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Opens the vault's own keyring among all that providers show.
///
/// A keyring that does not open with its MAC is junk, wherever it is and whatever it says: it is named, and the next one
/// is tried. So no number of planted keyrings keeps a vault closed while one provider shows its own. The device key, the
/// words and the kit cost one HMAC for each; a password costs Argon2id, which is why the likely ones come first.
struct KeyringOpening {
    /// How many are read to find out what signed objects name.
    private static let evidenceLimit = 1024
    /// From how many on it is said that a password is tried again.
    private static let quietCount = 3

    let replicas: ReplicaSet
    /// The vault that this machine knows at these places: keyrings of others are left out.
    let expected: VaultID?
    /// The keyring that this machine opened last.
    let remembered: ObjectKey?
    let shown: [ShownKeyring]
    let warn: WarningHandler
    private var read: [ObjectKey: Keyring?] = [:]
    private var leftOut = LeftOutKeyrings()

    init(
        replicas: ReplicaSet, expected: VaultID?, remembered: ObjectKey?, shown: [ShownKeyring],
        warn: @escaping WarningHandler
    ) {
        self.replicas = replicas
        self.expected = expected
        self.remembered = remembered
        self.shown = shown
        self.warn = warn
    }

    /// Opens with the key that `masterKey` gives for a vault, nil for vaults that it has none of.
    ///
    /// - Returns: nil where keyrings are shown, and there is no key for any.
    mutating func open(
        masterKey: (VaultID) throws -> SecretBytes?
    ) async throws -> Keyring.Opened? {
        var keys: [VaultID: SecretBytes?] = [:]
        var (isAnyShown, hasKey) = (false, false)
        let opened = try await first(in: order(), wrong: nil) { keyring in
            isAnyShown = true
            if keys[keyring.vault] == nil { keys[keyring.vault] = .some(try masterKey(keyring.vault)) }
            guard let key = keys[keyring.vault] ?? nil else { return nil }
            hasKey = true
            return try keyring.open(masterKey: key)
        }
        if let opened { return opened }
        guard hasKey || !isAnyShown else { return nil }
        throw failure(AccessError(.noKeyring, "no keyring of the vault can be read"))
    }

    mutating func open(recoveryKey: SecretBytes) async throws -> Keyring.Opened {
        let opened = try await first(in: order(), wrong: .wrongRecoveryPhrase) { keyring in
            try keyring.open(recoveryKey: recoveryKey)
        }
        if let opened { return opened }
        throw failure(
            AccessError(
                .wrongRecoveryPhrase, "the 24 words do not open this vault",
                hint: leftOut.vault.map { "check that they are those of vault \($0)" }))
    }

    /// Takes seconds for each keyring that is tried.
    ///
    /// An older keyring does not open the vault where the keys in it prove a newer one: the password was changed, and
    /// a provider shows what was before.
    mutating func open(password: SecretBytes) async throws -> Keyring.Opened {
        let wrong = AccessError(
            .wrongPassword, "the password does not open this vault",
            hint: "with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it")
        let order = try await orderByEvidence()
        var count = 0
        let opened = try await first(in: order, wrong: .wrongPassword) { [warn] keyring in
            count += 1
            if count > Self.quietCount {
                warn(
                    Warning(
                        what: "keyrings",
                        why: "the password is tried on keyring \(count) of \(order.count); providers show "
                            + "keyrings that are not this vault's; the 24 words open it at once"))
            }
            return try await BlockingWork.run { try keyring.open(password: password) }
        }
        guard let opened else { throw failure(wrong) }
        if try await isReplaced(opened) { throw wrong }
        return opened
    }

    /// The replicas that show keyrings, none of which is of this vault, and nothing that its key has signed; and why
    /// nothing may be written there.
    mutating func foreignReplicas(beside opened: Keyring.Opened) async throws -> [Int: String] {
        var foreign: [Int: String] = [:]
        for replica in replicas.stores.indices {
            let own = shown.filter { $0.holders.contains(replica) }
            if own.isEmpty || own.contains(where: { $0.key == opened.keyring.name.key }) { continue }
            var other: Keyring?
            var isOurs = false
            for candidate in KeyringOrder(remembered: remembered).sorted(own) where !isOurs {
                guard let keyring = try await read(candidate) else { continue }
                isOurs = (try? keyring.open(masterKey: opened.keys.masterKey)) != nil
                if !isOurs { other = other ?? keyring }
            }
            guard !isOurs, let other else { continue }
            // It has lost the vault's keyring, and anybody may have planted another since.
            if await KeyringEvidence(replicas: replicas).hasSigned(opened, on: replica) { continue }
            foreign[replica] =
                other.vault == opened.keys.vault
                ? "it shows no keyring of the vault, and others in its place"
                : "it holds vault \(other.vault), and not \(opened.keys.vault)"
        }
        return foreign
    }

    /// The keyrings that can be read, of the vault that is expected and with this signing key, if they are given; likely
    /// ones first.
    mutating func keyrings(signingKey: VerificationKey?) async throws -> [Keyring] {
        var keyrings: [Keyring] = []
        for candidate in order().prefix(signingKey == nil ? Self.evidenceLimit : .max) {
            guard let keyring = try await read(candidate) else { continue }
            if let expected, keyring.vault != expected {
                leftOut.note(candidate, .ofVault(keyring.vault))
            } else if let signingKey, keyring.signingPublicKey != signingKey {
                leftOut.note(candidate, .otherSigningKey)
            } else {
                keyrings.append(keyring)
            }
        }
        return keyrings
    }

    /// Names, a line for each provider, the keyrings that were left out.
    func tellLeftOut() { leftOut.tell(names: replicas.names, warn) }

    // MARK: - Trying

    private func order(named: Set<ObjectKey> = []) -> [ShownKeyring] {
        KeyringOrder(remembered: remembered, named: named).sorted(shown)
    }

    /// Where more are shown than a vault has, what signed objects name comes before what they do not.
    private mutating func orderByEvidence() async throws -> [ShownKeyring] {
        let order = order()
        guard order.count > KeyringOrder.fewCount else { return order }
        var keyrings: [Keyring] = []
        for candidate in order.prefix(Self.evidenceLimit) {
            if let keyring = try await read(candidate) { keyrings.append(keyring) }
        }
        return self.order(named: await KeyringEvidence(replicas: replicas).named(of: keyrings))
    }

    /// The first that `open` opens; those for which it gives nil are passed over.
    ///
    /// - Parameter wrong: the code that says that the secret is wrong, and not the keyring.
    private mutating func first(
        in order: [ShownKeyring], wrong: VaultError.Code?,
        _ open: (Keyring) async throws -> Keyring.Opened?
    ) async throws -> Keyring.Opened? {
        for candidate in order {
            guard let keyring = try await read(candidate) else { continue }
            if let expected, keyring.vault != expected {
                leftOut.note(candidate, .ofVault(keyring.vault))
                continue
            }
            do {
                if let opened = try await open(keyring) { return opened }
            } catch let error as VaultError where error.code == wrong {
                leftOut.note(candidate, .notOpened(keyring.vault))
            } catch let error as VaultError {
                leftOut.note(candidate, .damaged(error))
            } catch let error as CryptoError {
                // Another keyring may ask for less memory.
                leftOut.note(candidate, .failed(error))
            }
        }
        return nil
    }

    private mutating func isReplaced(_ opened: Keyring.Opened) async throws -> Bool {
        let newer = shown.filter { $0.sequence > opened.keyring.sequence }
        for candidate in KeyringOrder(remembered: remembered).sorted(newer) {
            guard let keyring = try await read(candidate) else { continue }
            if (try? keyring.open(masterKey: opened.keys.masterKey)) != nil { return true }
        }
        return false
    }

    /// What a keyring says, from any replica that shows it with the bytes of its name; nil, and noted, where none does.
    private mutating func read(_ candidate: ShownKeyring) async throws -> Keyring? {
        if let known = read[candidate.key] { return known }
        var keyring: Keyring?
        do {
            let bytes = try await replicas.getVerified(
                candidate.key, maximumByteCount: 64 << 10, from: candidate.holders)
            keyring = try Keyring(
                parsing: bytes.array, sequence: candidate.sequence, subject: candidate.key.rawValue)
        } catch {
            try Task.checkCancellation()
            leftOut.note(candidate, LeftOutKeyrings.Reason(error))
        }
        read[candidate.key] = .some(keyring)
        return keyring
    }

    /// Why nothing opened: what is the matter with the keyrings counts before the secret, if none said that that is
    /// wrong.
    func failure(_ wrongSecret: AccessError) -> any Error {
        tellLeftOut()
        if leftOut.saysWrongSecret { return wrongSecret }
        if let error = leftOut.failure { return error }
        if let expected, let (keyring, vault) = leftOut.otherVault {
            let name = keyring.holders.first.map { replicas.names[$0] } ?? "a provider"
            return AccessError(
                .otherVault, "\(name) holds vault \(vault), and not \(expected)",
                hint: "give this provider a bucket or a prefix of its own")
        }
        if leftOut.isEmpty { return wrongSecret }
        return AccessError(
            .noKeyring, "no keyring of the vault can be read",
            hint: leftOut.hint
                ?? "the wrapped key on the emergency kit and the 24 words open it still: --wrapped-key")
    }
}
