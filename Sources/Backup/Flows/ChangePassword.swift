public import Crypto
public import ObjectStore
internal import Replicator
internal import Vault

/// What changing a password has led to.
public struct PasswordChange: Sendable {
    /// Of the keyring that opens with the new password.
    public let sequence: UInt32
    /// How many keyrings of before are marked to be deleted.
    public let replacedCount: Int
    /// Replicas that did not take everything, with the reason; the quorum held.
    public let behind: [ObjectStoreError]
}

extension OpenVault {
    /// Gives the vault another password: puts a keyring that takes the place of those before it, has something signed
    /// name it, and marks the others to be deleted. The keys stay, and with them the words and the device keys of all
    /// machines.
    ///
    /// Takes seconds for the password's key, twice: before the old keyrings are marked, the vault is
    /// opened as a new machine would open it.
    ///
    /// - Throws: `AccessError` with `unreachable` when fewer replicas than the quorum answer and `noSequence` when
    ///   no number is left, and nothing is written then; `UnfinishedPasswordError`, `UnprovenPasswordError`, `AnotherRunError`, `CatalogError`, `CryptoError`.
    public func changePassword(
        to password: SecretBytes, strength: PasswordStrength, warn: @escaping WarningHandler
    ) async throws -> PasswordChange {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let listing = try await synchronise(warn: warn)
        try requireQuorum(listing)
        let key = try await BlockingWork.run { try PasswordKey.make(password: password, strength: strength) }

        let replaced = try catalog.neededObjects(prefix: ObjectName.keyringPrefix).map(\.key)
        let changed = keyring.changing(
            to: key, sequence: try nextKeyringSequence(), created: .now())
        let name = changed.keyring.name
        let outcomes: [PutOutcome]
        do {
            outcomes = try await store(name, changed.keyring.bytes)
        } catch let error as QuorumError {
            throw UnfinishedPasswordError(cause: error, isChanged: error.storedCount > 0)
        }
        do {
            try await vouch(for: name.key, on: outcomes.filter(\.isStored).map(\.replica))
            try await prove(password, opens: name.key, warn: warn)
            try await putTombstone(of: replaced, .marked)
        } catch let error as QuorumError {
            throw UnfinishedPasswordError(cause: error, isChanged: true)
        }
        return PasswordChange(
            sequence: changed.keyring.sequence, replacedCount: replaced.count,
            behind: outcomes.compactMap(\.error))
    }

    private func prove(
        _ password: SecretBytes, opens keyring: ObjectKey, warn: @escaping WarningHandler
    ) async throws {
        let opened: Keyring.Opened
        do {
            let found = try await KeyringSearch(replicas: replicas, warn: { _ in }).run()
            var opening = KeyringOpening(
                replicas: replicas, expected: id, remembered: nil, shown: found.shown, warn: warn)
            opened = try await opening.open(password: password)
        } catch {
            try Task.checkCancellation()
            throw UnprovenPasswordError(reason: "\(error)")
        }
        guard opened.keyring.name.key == keyring else {
            throw UnprovenPasswordError(reason: "another keyring opens with it")
        }
    }

    /// One more than the greatest of the vault's own. What is planted has no part in it: neither has it opened, nor does
    /// anything signed name it.
    private func nextKeyringSequence() throws -> UInt32 {
        // Where every keyring is lost, the one that is open was made again from the kit and is in no list.
        let newest = max(
            try catalog.newestSequence(prefix: ObjectName.keyringPrefix), keyring.keyring.sequence)
        guard newest < .max else {
            throw AccessError(
                .noSequence, "the vault's keyring has number \(newest), and none comes after it",
                hint: "the password stays as it is; a new vault has another")
        }
        return newest + 1
    }
}

/// The new keyring, or what makes it count everywhere, is on fewer replicas than the quorum.
public struct UnfinishedPasswordError: Error, Sendable, CustomStringConvertible {
    let cause: QuorumError
    /// Whether any replica has the new keyring.
    let isChanged: Bool

    public var description: String { cause.description }

    public var hint: String {
        let standing =
            isChanged
            ? "the new password counts from now on: run photobackup heal, and this again, when the other providers answer"
            : "nothing was changed: the password is what it was, and this can be run again"
        return [cause.hint, standing].compactMap(\.self).joined(separator: "; ")
    }
}

/// The new keyring is stored, and the vault did not open with it as a new machine would open it.
public struct UnprovenPasswordError: Error, Sendable, CustomStringConvertible {
    let reason: String

    public var description: String {
        "the new password is stored, and does not open the vault: \(reason)"
    }

    public var hint: String {
        "the 24 words open it; photobackup verify names what the providers show that is not this vault's"
    }
}
