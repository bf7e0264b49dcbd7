internal import Vault

/// Makes the entry of a scanned item, with all but its content. From any thread.
final class MetadataReader: Sendable {
    private let ownerNames = OwnerNames()

    /// The entry of a file, as `file` has it open now, or of a folder or link, as the walk saw it.
    ///
    /// A link's own extended attributes are left out: Linux allows none of the user's there. Throws what the
    /// system says where a link went away or an attribute may not be read.
    func entry(for item: ScannedItem, file: OpenFile? = nil) throws(SystemFailure) -> Entry {
        switch item.status.kind {
        case .file:
            let file = if let file { file } else { try item.openFile() }
            var entry = entry(item.path, .file, try file.status())
            entry.extendedAttributes = try extendedAttributes(of: file.descriptor)
            return entry
        case .directory:
            var entry = entry(item.path, .directory, item.status)
            if let directory = item.directory {
                entry.extendedAttributes = try extendedAttributes(of: directory.descriptor)
            }
            return entry
        case .symbolicLink:
            var entry = entry(item.path, .symbolicLink, item.status)
            entry.linkTarget = try item.parent.linkTarget(of: item.name)
            return entry
        case .pipe, .socket, .device:
            preconditionFailure("a walk makes no item of a \(item.status.kind.name)")
        }
    }

    private func entry(_ path: EntryPath, _ kind: Entry.Kind, _ status: FileStatus) -> Entry {
        var entry = Entry(path: path, kind: kind)
        // A folder's or a link's size is the file system's affair, and differs from one to the other.
        entry.size = kind == .file ? status.size : 0
        entry.modified = status.modified
        entry.changed = status.changed
        entry.inode = status.inode
        entry.mode = status.mode
        entry.owner = ownerNames.user(status.ownerID)
        entry.group = ownerNames.group(status.groupID)
        entry.ownerID = status.ownerID
        entry.groupID = status.groupID
        entry.linkCount = kind == .file && status.linkCount > 1 ? status.linkCount : 0
        return entry
    }
}
