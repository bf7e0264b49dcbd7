internal import Vault

/// A file, folder or link that a walk has met, and what it takes to read it later, on another thread.
struct ScannedItem: Sendable {
    /// In the snapshot.
    let path: EntryPath
    let status: FileStatus
    /// The folder it lies in; of a root that is a folder, that folder itself.
    let parent: DirectoryHandle
    /// In `parent`: a root with a label is called otherwise in `path`.
    let name: [UInt8]
    /// The folder itself, if it is one.
    let directory: DirectoryHandle?
    /// Whether a file that is called like a log of this one lies beside it.
    var hasLogs = false

    /// Opens the file. Fails where it has gone meanwhile (ENOENT), may not be read (EACCES), or is now something
    /// else (ELOOP, EINVAL).
    func openFile() throws(SystemFailure) -> OpenFile { try OpenFile(name, in: parent) }
}

/// What a walk tells of; at most one event a path.
enum WalkEvent: Sendable {
    case item(ScannedItem)
    /// It is there, but may not be looked at. What lies in such a folder is not known.
    case unreadable(EntryPath, reason: String, isFolder: Bool)
    /// It is no file, folder or link.
    case skipped(EntryPath, FileStatus.Kind)
    /// It is this program's own, as `OwnPlaces` has it, and is never backed up, nor what lies in it. `place` is what a
    /// person knows it by: of a replica's many folders, the one around them.
    case own(EntryPath, what: String, place: EntryPath)

    /// Whether it is a file, or may be one.
    var isFile: Bool {
        switch self {
        case .item(let item): item.status.kind == .file
        case .unreadable(_, _, let isFolder): !isFolder
        case .skipped, .own: false
        }
    }

    var path: EntryPath {
        switch self {
        case .item(let item): item.path
        case .unreadable(let path, _, _), .skipped(let path, _), .own(let path, _, _): path
        }
    }
}
