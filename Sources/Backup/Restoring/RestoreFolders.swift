internal import CLinux
import Glibc
import Synchronization
package import Vault

/// The folders below a destination, none of them reached through a link.
///
/// Each is opened in the folder above it, so that a link that stands where a folder belongs ends the way there,
/// also one that is put there meanwhile. From any thread.
final class RestoreFolders: Sendable {
    /// How many are kept open: entries come folder by folder, so that only a few are in use at a time.
    private static let capacity = 128

    private struct State {
        var open: [EntryPath: DirectoryHandle] = [:]
        /// Those of them, and the destination, that are rid of what killed restores have left.
        var swept: Set<EntryPath?> = []
        /// A folder of each file system that was met, by its device.
        var fileSystems: [UInt64: DirectoryHandle] = [:]
    }

    let destination: String
    private let opensOwn: Bool
    private let top: DirectoryHandle
    private let state = Mutex(State())

    /// Opens the destination, which may be reached through links, and makes it, and the folders above it, where
    /// they are not there.
    ///
    /// - Parameter opensOwn: whether folders that their owner, who restores, has closed are opened.
    init(destination: String, opensOwn: Bool = true) throws(RestoreError) {
        self.destination = destination
        self.opensOwn = opensOwn
        do throws(SystemFailure) {
            top = try Self.openOrMake(Array(destination.utf8))
            try remember(top, as: nil)
            var status = statvfs()
            // Else each file would fail by itself.
            guard !opensOwn || fstatvfs(top.descriptor, &status) != 0 || status.f_flag & UInt(ST_RDONLY) == 0
            else { throw SystemFailure(EROFS) }
        } catch {
            guard error.number != EEXIST else {
                throw RestoreError(
                    .occupied, path: destination, reason: "a link that leads nowhere is there",
                    hint: Obstacle.remedy)
            }
            throw RestoreError(path: destination, error)
        }
    }

    /// The folder `path`, or the destination for nil; made with `mode` if it is not there, as are those above it.
    func folder(_ path: EntryPath?, mode: mode_t = 0o777) throws(RestoreError) -> DirectoryHandle {
        guard let path else { return top }
        if let existing = try existing(path) { return existing }
        let parent = try folder(path.parent)
        do throws(SystemFailure) {
            try path.name.withCString { (name) throws(SystemFailure) in
                do throws(SystemFailure) {
                    try checked { mkdirat(parent.descriptor, name, mode) }
                } catch {
                    // Another thread made it first.
                    guard error.number == EEXIST else { throw error }
                }
            }
        } catch {
            if error.number != EEXIST, error.isOfName(path.name) { throw RestoreError(refused: path, error) }
            throw RestoreError(path, error)
        }
        guard let made = try existing(path) else {
            throw RestoreError(.system, path, "the folder went away as soon as it was made")
        }
        return made
    }

    /// The folder for files that are to be written, rid of what killed restores have left there.
    func folderForFiles(_ path: EntryPath?) throws(RestoreError) -> DirectoryHandle {
        let folder = try folder(path)
        if state.withLock({ $0.swept.insert(path).inserted }) { TemporaryName.removeAbandoned(in: folder) }
        return folder
    }

    /// The folder `path`, or the destination for nil; nil if it is not there.
    func existing(_ path: EntryPath?) throws(RestoreError) -> DirectoryHandle? {
        guard let path else { return top }
        if let known = state.withLock({ $0.open[path] }) { return known }
        guard let parent = try existing(path.parent) else { return nil }
        let name = path.name
        do throws(SystemFailure) {
            let handle = try name.withCString { (name) throws(SystemFailure) in
                try open(name, in: parent)
            }
            try remember(handle, as: path)
            return handle
        } catch {
            if error.number == ENOENT { return nil }
            guard error.number == ENOTDIR, let status = try? parent.status(of: name) else {
                throw RestoreError(path, error)
            }
            throw RestoreError(
                .occupied, path, "a \(status.kind.name) is where the folder \(displayed(path)) belongs",
                hint: "move it away, or restore to another folder")
        }
    }

    /// A folder of mode 000, which an earlier restore may have made, is opened to its owner again; it gets the mode of
    /// its entry when all is in it.
    private func open(
        _ name: UnsafePointer<CChar>, in parent: DirectoryHandle
    ) throws(SystemFailure) -> DirectoryHandle {
        var mode: mode_t = 0
        do throws(SystemFailure) {
            let handle = try DirectoryHandle(name, in: parent)
            if opensOwn, let status = try? handle.status(), status.mode & 0o100 == 0,
                status.ownerID == geteuid()
            {
                clinux_chmod_own(parent.descriptor, name, 0o700, &mode)
            }
            return handle
        } catch {
            guard error.number == EACCES, opensOwn,
                clinux_chmod_own(parent.descriptor, name, 0o700, &mode) == 0
            else { throw error }
            return try DirectoryHandle(name, in: parent)
        }
    }

    /// Returns when everything that was written to the file systems below the destination is on the disks, names
    /// included. syncfs(2): one call for any number of folders.
    func sync() throws(RestoreError) {
        for folder in state.withLock({ Array($0.fileSystems.values) }) {
            do throws(SystemFailure) {
                try checked { clinux_syncfs(folder.descriptor) }
            } catch {
                throw RestoreError(path: destination, error)
            }
        }
    }

    private func remember(_ handle: DirectoryHandle, as path: EntryPath?) throws(SystemFailure) {
        let device = try handle.status().device
        state.withLock { state in
            if state.fileSystems[device] == nil { state.fileSystems[device] = handle }
            guard let path else { return }
            if state.open.count == Self.capacity {
                state.open.removeAll(keepingCapacity: true)
                state.swept.removeAll(keepingCapacity: true)
            }
            state.open[path] = handle
        }
    }

    private static func openOrMake(_ path: [UInt8]) throws(SystemFailure) -> DirectoryHandle {
        do throws(SystemFailure) {
            return try path.withCString { (path) throws(SystemFailure) in try DirectoryHandle(path: path) }
        } catch {
            guard error.number == ENOENT else { throw error }
        }
        var above = path
        while above.last == UInt8(ascii: "/") { above.removeLast() }
        while let last = above.last, last != UInt8(ascii: "/") { above.removeLast() }
        if !above.isEmpty { _ = try openOrMake(above) }
        return try path.withCString { (path) throws(SystemFailure) in
            try checked { mkdir(path, 0o777) }
            return try DirectoryHandle(path: path)
        }
    }
}

extension EntryPath {
    /// The last component.
    package var name: [UInt8] { Array(sortBytes[((sortBytes.lastIndex(of: 0) ?? -1) + 1)...]) }
}
