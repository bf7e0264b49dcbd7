internal import Crypto
internal import Foundation
internal import Glibc
internal import ObjectStore
internal import Vault

/// Where this machine keeps what it remembers of its vaults: one folder each, with nothing that cannot be made again.
public struct StateFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Where the folder of a vault is, or would be made.
    func folderPath(_ vault: VaultID) -> String { "\(path)/\(vault.hex)" }

    /// The folder of a vault, made if it is not there, for its owner alone.
    ///
    /// - Throws: `StateError`.
    func vaultFolder(_ vault: VaultID) throws -> String {
        let folder = folderPath(vault)
        var made = ""
        for name in folder.split(separator: "/") {
            made += "/" + name
            guard mkdir(made, 0o700) != 0 else { continue }
            let failure = SystemFailure.last
            var status = stat()
            let isFolder = stat(made, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            guard !isFolder else { continue }
            throw StateError(
                path: made, reason: failure.number == EEXIST ? "it is no folder" : failure.description)
        }
        return folder
    }

    /// The vault that this machine last saw at any of these locations.
    func vault(at locations: [String]) -> VaultID? {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return folders.sorted().lazy.compactMap { VaultID(hex: $0) }.first { vault in
            let known = (try? String(contentsOfFile: locationsFile(vault), encoding: .utf8)) ?? ""
            let lines = Set(known.split(separator: "\n").map(String.init))
            return locations.contains { lines.contains($0) }
        }
    }

    /// Remembers where the vault is.
    func remember(_ vault: VaultID, at locations: [String]) throws {
        _ = try vaultFolder(vault)
        try write(locations.map { $0 + "\n" }.joined(), to: locationsFile(vault))
    }

    /// The keyring that opened the vault here last; nil where that is not known.
    func keyring(of vault: VaultID) -> ObjectKey? {
        (try? String(contentsOfFile: keyringFile(vault), encoding: .utf8)).flatMap {
            ObjectKey($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// Remembers which keyring has opened the vault.
    func remember(_ keyring: ObjectKey, of vault: VaultID) throws {
        _ = try vaultFolder(vault)
        try write(keyring.rawValue + "\n", to: keyringFile(vault))
    }

    /// Replaces the file at once, if it holds something else.
    private func write(_ text: String, to file: String) throws {
        if (try? String(contentsOfFile: file, encoding: .utf8)) == text { return }
        try PrivateFile.write(text, to: file)
    }

    /// Forgets the vault and everything about it.
    func forget(_ vault: VaultID) throws {
        let folder = "\(path)/\(vault.hex)"
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            throw StateError(path: folder, reason: SystemFailure.last.description)
        }
    }

    func catalogPath(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/catalog.sqlite" }

    /// Whether anything is in its place, be it a link to nowhere.
    func hasCatalog(_ vault: VaultID) -> Bool {
        var status = stat()
        return lstat(catalogPath(vault), &status) == 0
    }

    /// What a machine without the keys remembers: apart from the catalog of one that has them, which has believed more.
    func keylessCatalogPath(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/keyless.sqlite" }

    /// The names of damaged catalogs that were set aside in the vault's folder.
    func setAside(_ vault: VaultID) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folderPath(vault))) ?? []
        return names.filter {
            $0.contains(".sqlite.damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
        }.sorted()
    }

    // MARK: - The pinned signing key

    /// What the vault signs with, as it is pinned on this machine; nil if it is not.
    ///
    /// - Throws: `StateError` when what is there is no key: it is not replaced by what a provider says.
    func signingKey(of vault: VaultID) throws -> VerificationKey? {
        let file = signingKeyFile(vault)
        guard access(file, F_OK) == 0 else { return nil }
        let text = try? String(contentsOfFile: file, encoding: .utf8)
        guard let text, let key = VerificationKey(hex: text.trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            throw StateError(
                path: file, reason: "it holds no signing key",
                hint:
                    "photobackup status shows it on a machine that opens the vault: delete this file, and give the key "
                    + "with --signing-key")
        }
        return key
    }

    func pin(_ key: VerificationKey, of vault: VaultID) throws {
        try write(key.bytes.hex + "\n", to: signingKeyFile(vault))
    }

    private func signingKeyFile(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/signing-key.pub" }

    private func keyringFile(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/keyring" }

    private func locationsFile(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/locations" }
}

/// Why this machine's state cannot be read or written.
public struct StateError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public let hint: String
    /// Whether others may read what opens the vault.
    let isExposed: Bool

    init(
        path: String, reason: String,
        hint: String = "the state folder can be chosen with `state` in the configuration",
        isExposed: Bool = false
    ) {
        self.path = path
        self.reason = reason
        self.hint = hint
        self.isExposed = isExposed
    }

    public var description: String { "\(path): \(reason)" }
}

/// The right to write to a vault from this machine: one run at a time. Other machines need not know.
///
/// Source: `flock(2)`, which ends with the process, however it ends.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `AnotherRunError` when another process holds it; `StateError`.
    init(folder: String) throws {
        let path = "\(folder)/lock"
        let writable = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        // One that is there can be held where nothing can be written, or by who does not own it.
        descriptor = writable >= 0 ? writable : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = SystemFailure.last
            close(descriptor)
            if failure.number == EWOULDBLOCK { throw AnotherRunError() }
            throw StateError(path: path, reason: failure.description)
        }
    }

    deinit {
        // A child process that is just being started may hold the descriptor for a moment longer.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

/// Another run on this machine is writing to the vault.
public struct AnotherRunError: Error, Sendable, CustomStringConvertible {
    public var description: String { "another run is going on" }
    public var hint: String { "wait until it has ended; cron may have started it" }
}
