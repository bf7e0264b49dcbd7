internal import CLinux
import Glibc
import Synchronization
internal import Vault

/// Writes entries below a destination folder, and never outside it, whatever the entries say and whatever links
/// stand there.
///
/// Folders are made first and get their modes and times last, by `finishDirectories`; then `sync` waits for the
/// disk. Every call blocks; from any thread.
final class RestoreTarget: Sendable {
    /// What already has the name of an entry.
    enum Existing: Sendable {
        case none
        /// Open for reading, so that its content can be compared.
        case file(OpenFile, size: UInt64)
        case folder
        case link(target: [UInt8])
        /// A pipe, socket or device.
        case other
    }

    let folders: RestoreFolders
    private let metadata: MetadataWriter
    private let unfinished = Mutex<[(entry: Entry, path: EntryPath)]>([])
    private let counts = NameCounts()
    private let isReading: Bool
    private let readsBack: Bool?

    /// Makes the destination if it is not there.
    ///
    /// - Parameters:
    ///   - origin: whose the entries are.
    ///   - isReading: whether nothing may be changed, so that what is closed stays so.
    ///   - readsBack: whether each file is read back before it gets its name; where nil, on FUSE alone.
    init(
        destination: String, origin: EntryOrigin = .ownVault, isReading: Bool = false,
        readsBack: Bool? = nil
    ) throws(RestoreError) {
        metadata = MetadataWriter(origin)
        folders = try RestoreFolders(destination: destination, opensOwn: !isReading)
        self.isReading = isReading
        self.readsBack = readsBack
    }

    /// Throws `.occupied` if a link, or anything else than a folder, is where a folder above it belongs;
    /// `.accessDenied` if a file is there that may not be read.
    func existing(_ entry: Entry) throws(RestoreError) -> Existing {
        guard let folder = try folders.existing(entry.path.parent) else { return .none }
        let name = entry.path.name
        do throws(SystemFailure) {
            switch try folder.status(of: name).kind {
            case .file:
                let file = try openFile(name, in: folder)
                return .file(file, size: try file.status().size)
            case .directory: return .folder
            case .symbolicLink: return .link(target: try folder.linkTarget(of: name))
            case .pipe, .socket, .device: return .other
            }
        } catch {
            if error.number == ENOENT { return .none }
            throw RestoreError(entry.path, error)
        }
    }

    /// One that its owner closed is opened for as long as it takes.
    private func openFile(_ name: [UInt8], in folder: DirectoryHandle) throws(SystemFailure) -> OpenFile {
        do throws(SystemFailure) {
            return try OpenFile(name, in: folder)
        } catch {
            guard error.number == EACCES, !isReading else { throw error }
            var mode: mode_t = 0
            guard name.withCString({ clinux_chmod_own(folder.descriptor, $0, 0o400, &mode) }) == 0 else {
                throw error
            }
            let file = try OpenFile(name, in: folder)
            fchmod(file.descriptor, mode)
            return file
        }
    }

    /// Makes the folder, or takes the one that is there. It is nobody else's to read, and writable, until
    /// `finishDirectories`.
    ///
    /// - Parameter path: where it goes, if not to the entry's own.
    func makeDirectory(_ entry: Entry, at path: EntryPath? = nil) throws(RestoreError) {
        let path = path ?? entry.path
        let isThere = try folders.existing(path) != nil
        let folder = try folders.folder(path, mode: 0o700)
        if !isThere { noteFile(path, isNew: true) }
        // One that was there can be read-only. If it is not ours to change, the first file in it will tell.
        if let mode = try? folder.status().mode, mode & 0o700 != 0o700 {
            fchmod(folder.descriptor, mode_t(mode | 0o700))
        }
        unfinished.withLock { $0.append((entry, path)) }
    }

    // MARK: - Names

    /// Those in a folder that is there, and what was left behind in it gone; none where it is not.
    func names(in path: EntryPath?) throws(RestoreError) -> Set<[UInt8]> {
        var names: Set<[UInt8]> = []
        if let folder = try folders.existing(path) {
            if !isReading { TemporaryName.removeAbandoned(in: folder) }
            do throws(SystemFailure) {
                names = try Self.names(in: folder)
            } catch {
                throw RestoreError(path: path.map { displayed($0) } ?? folders.destination, error)
            }
        }
        counts.began(path, count: names.count)
        return names
    }

    /// A handle of its own, since the position in the folder is the handle's.
    private static func names(in folder: DirectoryHandle) throws(SystemFailure) -> Set<[UInt8]> {
        let listing = try DirectoryHandle(".", in: folder).names()
        return Set(
            listing.names.lazy.map { listing.bytes(of: $0) }.filter { !TemporaryName.isTemporary($0) }
                .map { Array($0) })
    }

    /// Whether the file system takes a name that is not there: by making it, and removing it again.
    func takesName(_ path: EntryPath) -> Bool {
        guard !isReading, let folder = try? folders.existing(path.parent) else { return true }
        return path.name.withCString { name in
            let descriptor = openat(
                folder.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return errno == EEXIST }
            close(descriptor)
            unlinkat(folder.descriptor, name, 0)
            return true
        }
    }

    /// The file, link or folder has this path now; `isNew` where it replaced nothing.
    func noteFile(_ path: EntryPath, isNew: Bool) { if isNew { counts.made(path) } }

    /// Reports each folder that has fewer names than were there and were made, since the file system took two names for
    /// one; and each name that it has changed.
    func checkNames(_ report: RestoreReport) {
        for changed in counts.changed {
            guard let folder = try? folders.existing(changed.folder), let names = try? Self.names(in: folder)
            else { continue }
            let path = { (name: [UInt8]) in
                changed.folder.map { $0.appending(name) } ?? EntryPath(sortBytes: name)
            }
            if names.count < changed.count {
                report.failed(
                    changed.folder ?? EntryPath("destination".utf8)!,
                    "only \(names.count) of the \(changed.count) names are there that were before, or were made"
                )
            }
            for name in changed.odd where !names.contains(name) {
                let key = NameForms.key(name)
                guard let own = path(name),
                    let other = names.first(where: { NameForms.key($0) == key }).flatMap(path),
                    !NameForms.isSameText(name, other.name)
                else { continue }
                report.renamed(own, to: other)
            }
        }
    }

    /// Gives the folders that were made their owners, attributes, modes and times, the deepest first: after
    /// everything in them is written. Returns a warning or an error for each that did not take it.
    func finishDirectories() -> [RestoreError] {
        var failures: [RestoreError] = []
        let entries = unfinished.withLock { unfinished in
            defer { unfinished = [] }
            return unfinished
        }
        for (entry, path) in entries.sorted(by: { $0.path > $1.path }) {
            do throws(RestoreError) {
                guard let folder = try folders.existing(path) else {
                    throw RestoreError(.system, entry.path, "the folder went away during the restore")
                }
                failures += metadata.apply(entry, to: folder.descriptor)
            } catch {
                failures.append(error)
            }
        }
        return failures
    }

    /// Begins a file of `entry.size` bytes, in a folder that is made if it is not there.
    func beginFile(_ entry: Entry) throws(RestoreError) -> FileInProgress {
        try FileInProgress(
            entry, in: folders.folderForFiles(entry.path.parent), metadata, readsBack: readsBack)
    }

    /// Makes the link in one step. Returns a warning (`.metadata`) for each thing that the destination did not take.
    ///
    /// Throws `.exists` if the name is taken, unless `replacing`; `.occupied` if a folder has it.
    func makeLink(_ entry: Entry, replacing: Bool) throws(RestoreError) -> [RestoreError] {
        try makeLink(entry, at: entry.path, replacing: replacing, orAnotherName: false).warnings
    }

    /// The same; where the name is taken or refused, the link gets another one if that is allowed.
    ///
    /// Throws `.noLinks` where the file system holds none.
    func makeLink(
        _ entry: Entry, at path: EntryPath, replacing: Bool, orAnotherName: Bool
    ) throws(RestoreError) -> (path: EntryPath, warnings: [RestoreError]) {
        guard !entry.linkTarget.isEmpty, !entry.linkTarget.contains(0) else {
            throw RestoreError(.damaged, entry.path, "the link's target is no path")
        }
        let temporary = TemporaryName(in: try folders.folder(path.parent))
        do throws(SystemFailure) {
            _ = try entry.linkTarget.withCString { (target) throws(SystemFailure) in
                try temporary.name.withCString { (name) throws(SystemFailure) in
                    try checked { symlinkat(target, temporary.folder.descriptor, name) }
                }
            }
        } catch {
            guard [EPERM, EOPNOTSUPP, ENOSYS].contains(error.number) else {
                throw RestoreError(entry.path, error)
            }
            throw RestoreError(
                .noLinks, entry.path,
                "the file system there holds no links; it led to \(displayed(entry.linkTarget))")
        }
        do throws(SystemFailure) {
            let warnings = metadata.apply(entry, toLink: temporary.name, in: temporary.folder)
            let name = try temporary.take(path.name, replacing: replacing, orAnother: orAnotherName)
            noteFile(path.beside(name), isNew: !replacing)
            return (path.beside(name), warnings)
        } catch {
            temporary.remove()
            throw RestoreError(entry.path, error)
        }
    }

    /// Returns when everything that was restored is on the disk, with the names in folders.
    func syncDirectories() throws(RestoreError) { try folders.sync() }
}
