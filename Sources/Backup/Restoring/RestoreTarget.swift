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

    private let folders: RestoreFolders
    private let metadata: MetadataWriter
    private let unfinished = Mutex<[Entry]>([])

    /// Makes the destination if it is not there.
    init(destination: String, origin: EntryOrigin = .ownVault) throws(RestoreError) {
        metadata = MetadataWriter(origin)
        folders = try RestoreFolders(destination: destination)
    }

    /// Throws `.occupied` if a link, or anything else than a folder, is where a folder above it belongs;
    /// `.accessDenied` if a file is there that may not be read.
    func existing(_ entry: Entry) throws(RestoreError) -> Existing {
        guard let folder = try folders.existing(entry.path.parent) else { return .none }
        let name = entry.path.name
        do throws(SystemFailure) {
            switch try folder.status(of: name).kind {
            case .file:
                let file = try OpenFile(name, in: folder)
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

    /// Makes the folder, or takes the one that is there. It is nobody else's to read, and writable, until
    /// `finishDirectories`.
    func makeDirectory(_ entry: Entry) throws(RestoreError) {
        let folder = try folders.folder(entry.path, mode: 0o700)
        // One that was there can be read-only. If it is not ours to change, the first file in it will tell.
        if let mode = try? folder.status().mode, mode & 0o700 != 0o700 {
            fchmod(folder.descriptor, mode_t(mode | 0o700))
        }
        unfinished.withLock { $0.append(entry) }
    }

    /// Gives the folders that were made their owners, attributes, modes and times, the deepest first: after
    /// everything in them is written. Returns a warning or an error for each that did not take it.
    func finishDirectories() -> [RestoreError] {
        var failures: [RestoreError] = []
        let entries = unfinished.withLock { unfinished in
            defer { unfinished = [] }
            return unfinished
        }
        for entry in entries.sorted(by: { $0.path > $1.path }) {
            do throws(RestoreError) {
                guard let folder = try folders.existing(entry.path) else {
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
        try FileInProgress(entry, in: folders.folderForFiles(entry.path.parent), metadata)
    }

    /// Makes the link in one step. Returns a warning (`.metadata`) for each thing that the destination did not take.
    ///
    /// Throws `.exists` if the name is taken, unless `replacing`; `.occupied` if a folder has it.
    func makeLink(_ entry: Entry, replacing: Bool) throws(RestoreError) -> [RestoreError] {
        guard !entry.linkTarget.isEmpty, !entry.linkTarget.contains(0) else {
            throw RestoreError(.damaged, entry.path, "the link's target is no path")
        }
        let temporary = TemporaryName(in: try folders.folder(entry.path.parent))
        do throws(SystemFailure) {
            _ = try entry.linkTarget.withCString { (target) throws(SystemFailure) in
                try temporary.name.withCString { (name) throws(SystemFailure) in
                    try checked { symlinkat(target, temporary.folder.descriptor, name) }
                }
            }
            let warnings = metadata.apply(entry, toLink: temporary.name, in: temporary.folder)
            try temporary.rename(to: entry.path.name, replacing: replacing)
            return warnings
        } catch {
            temporary.remove()
            throw RestoreError(entry.path, error)
        }
    }

    /// Returns when everything that was restored is on the disk, with the names in folders.
    func syncDirectories() throws(RestoreError) { try folders.sync() }
}
