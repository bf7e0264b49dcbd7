internal import Crypto
internal import Glibc
internal import Vault

/// The key that opens a vault on this machine without a password: 32 random bytes in a file for its owner alone,
/// and the master key wrapped under it beside.
///
/// Where systemd passes a credential `photobackup-device-key`, that takes the file's place.
struct DeviceKey: Sendable {
    private static let credentialName = "photobackup-device-key"

    private let folder: String
    private let vault: VaultID

    init(folder: String, vault: VaultID) {
        self.folder = folder
        self.vault = vault
    }

    private var keyFile: String { "\(folder)/device-key" }
    private var wrappedFile: String { "\(folder)/master-key.wrapped" }

    /// Makes a device key that opens `masterKey`.
    func make(for masterKey: SecretBytes) throws {
        let key = SecretBytes(randomCount: KeyDerivation.keyByteCount)
        let wrapped = WrappedKey(wrapping: masterKey, under: key, purpose: purpose)
        try PrivateFile.write(wrapped.bytes.hex, to: wrappedFile)
        try key.withUnsafeBytes { try PrivateFile.write([UInt8]($0).hex, to: keyFile) }
    }

    /// The master key; nil when this machine has no device key.
    ///
    /// - Throws: `StateError` when the key may be read by others, or does not open what is beside it.
    func masterKey() throws -> SecretBytes? {
        guard let wrappedHex = try PrivateFile.read(wrappedFile), let keyHex = try deviceKey() else {
            return nil
        }
        guard var keyBytes = [UInt8](hex: keyHex), keyBytes.count == KeyDerivation.keyByteCount,
            let wrapped = [UInt8](hex: wrappedHex)
        else { throw StateError(path: keyFile, reason: "it is no device key") }
        do {
            return try WrappedKey(wrapped).unwrap(under: SecretBytes(consuming: &keyBytes), purpose: purpose)
        } catch {
            throw StateError(path: keyFile, reason: "the device key does not open this vault")
        }
    }

    private func deviceKey() throws -> String? {
        if let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }),
            let credential = try PrivateFile.read("\(folder)/\(Self.credentialName)")
        {
            return credential
        }
        return try PrivateFile.read(keyFile)
    }

    private var purpose: [UInt8] { Array("photobackup device key".utf8) + [0] + vault.bytes }
}

/// Small files with secrets, for their owner alone.
private enum PrivateFile {
    /// Replaces the file at once and durably, with mode 0600.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        defer { close(descriptor) }
        let bytes = Array((text + "\n").utf8)
        guard fchmod(descriptor, 0o600) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0, rename(temporary, path) == 0
        else {
            let failure = SystemFailure.last
            unlink(temporary)
            throw StateError(path: path, reason: failure.description)
        }
    }

    /// The file's text without its last line end; nil when it is not there.
    static func read(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StateError(path: path, reason: SystemFailure.last.description)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw StateError(path: path, reason: "others may read it: its mode must be 0600")
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        defer { buffer.wipe() }
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        return String(decoding: buffer[..<count], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true).first.map(String.init) ?? ""
    }
}
