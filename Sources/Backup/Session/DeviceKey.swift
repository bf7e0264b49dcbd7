internal import Crypto
internal import Glibc
internal import Vault

/// The key that opens a vault on this machine without a password: 32 random bytes in a file for its owner alone,
/// and the master key wrapped under it beside.
///
/// Where systemd passes a credential `photobackup-device-key`, that takes the file's place.
struct DeviceKey: Sendable {
    static let credentialName = "photobackup-device-key"

    private let folder: String
    private let vault: VaultID

    init(folder: String, vault: VaultID) {
        self.folder = folder
        self.vault = vault
    }

    private var keyFile: String { "\(folder)/device-key" }
    private var wrappedFile: String { "\(folder)/master-key.wrapped" }

    /// Where the key is, or would be made.
    func place() throws -> DeviceKeyPlace { try credential() == nil ? .file(keyFile) : .credential }

    /// Whether any part of it is there.
    func exists() -> Bool { access(keyFile, F_OK) == 0 || access(wrappedFile, F_OK) == 0 }

    /// Makes a device key that opens `masterKey`: what systemd passes, or else a new one in its file.
    ///
    /// - Throws: `StateError`.
    @discardableResult
    func make(for masterKey: SecretBytes) throws -> DeviceKeyPlace {
        let credential = try credential()
        let key = credential ?? SecretBytes(randomCount: KeyDerivation.keyByteCount)
        try check(key)
        let wrapped = WrappedKey(wrapping: masterKey, under: key, purpose: purpose)
        // A key file of before opens nothing from here on.
        try wrapped.bytes.withUnsafeBytes { try PrivateFile.write($0, to: wrappedFile) }
        guard credential == nil else {
            try PrivateFile.remove(keyFile)
            return .credential
        }
        try key.withUnsafeBytes { try PrivateFile.write($0, to: keyFile) }
        return .file(keyFile)
    }

    /// Removes the key, and the master key wrapped under it, which a credential would open too.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    func remove() throws -> Bool {
        let hadKey = try PrivateFile.remove(keyFile)
        let hadWrapped = try PrivateFile.remove(wrappedFile)
        return hadKey || hadWrapped
    }

    /// Whether the master key is wrapped here under a key that is not at hand: a credential that systemd passes to its
    /// units alone, perhaps.
    func lacksKey() throws -> Bool {
        try access(wrappedFile, F_OK) == 0 && access(keyFile, F_OK) != 0 && credential() == nil
    }

    /// The master key; nil when this machine has no device key.
    ///
    /// - Throws: `StateError` when the key may be read by others, or does not open what is beside it.
    func masterKey() throws -> SecretBytes? {
        guard let wrapped = try PrivateFile.read(wrappedFile), let key = try deviceKey() else { return nil }
        try check(key)
        do {
            return try WrappedKey(wrapped.withUnsafeBytes { [UInt8]($0) })
                .unwrap(under: key, purpose: purpose)
        } catch {
            throw StateError(
                path: keyFile, reason: "the device key does not open this vault",
                hint: "photobackup lock removes it, and photobackup unlock makes another")
        }
    }

    private func deviceKey() throws -> SecretBytes? { try credential() ?? PrivateFile.read(keyFile) }

    private func credential() throws -> SecretBytes? {
        guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }) else { return nil }
        // Where a unit has a user of its own, systemd gives that user access by a list, which shows as the group's
        // bits; who else may enter the folder is systemd's matter.
        return try PrivateFile.read("\(folder)/\(Self.credentialName)", sharedBy: 0o007)
    }

    private func check(_ key: SecretBytes) throws {
        guard key.count == KeyDerivation.keyByteCount else {
            throw StateError(
                path: keyFile, reason: "it is no device key",
                hint: "photobackup lock removes it, and photobackup unlock makes another")
        }
    }

    private var purpose: [UInt8] { Array("photobackup device key".utf8) + [0] + vault.bytes }
}

/// Where a device key is.
public enum DeviceKeyPlace: Sendable, Hashable {
    /// In a file of mode 0600.
    case file(String)
    /// systemd passes it to the process.
    case credential
}
