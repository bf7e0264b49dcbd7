internal import Foundation
internal import Glibc
internal import Vault

/// Where this machine keeps what it remembers of its vaults: one folder each, with nothing that cannot be made again.
public struct StateFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// The folder of a vault, made if it is not there, for its owner alone.
    ///
    /// - Throws: `StateError`.
    func vaultFolder(_ vault: VaultID) throws -> String {
        let folder = "\(path)/\(vault.hex)"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StateError(path: folder, reason: SystemFailure.last.description)
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
        let text = locations.map { $0 + "\n" }.joined()
        let file = locationsFile(vault)
        if (try? String(contentsOfFile: file, encoding: .utf8)) == text { return }
        do {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            throw StateError(path: file, reason: SystemFailure.last.description)
        }
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

    func hasCatalog(_ vault: VaultID) -> Bool { access(catalogPath(vault), F_OK) == 0 }

    private func locationsFile(_ vault: VaultID) -> String { "\(path)/\(vault.hex)/locations" }
}

/// Why this machine's state cannot be read or written.
public struct StateError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
    public var hint: String { "the state folder can be chosen with `state` in the configuration" }
}

/// The right to write to a vault from this machine: one run at a time. Other machines need not know.
///
/// Source: `flock(2)`, which ends with the process, however it ends.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `AnotherRunError` when another process holds it; `StateError`.
    init(folder: String) throws {
        let path = "\(folder)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = SystemFailure.last
            close(descriptor)
            if failure.number == EWOULDBLOCK { throw AnotherRunError() }
            throw StateError(path: path, reason: failure.description)
        }
    }

    deinit { close(descriptor) }
}

/// Another run on this machine is writing to the vault.
public struct AnotherRunError: Error, Sendable, CustomStringConvertible {
    public var description: String { "another run is going on" }
    public var hint: String { "wait until it has ended; cron may have started it" }
}
