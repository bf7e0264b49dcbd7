internal import Vault

/// Makes the entry of a scanned item, with all but its content. From any thread.
final class MetadataReader: Sendable {
    /// An entry, and what of it could not be read.
    struct Reading: Sendable {
        var entry: Entry
        var missing: MissingAttributes?
    }

    private let ownerNames = OwnerNames()

    /// The entry of a file, as `file` has it open now, or of a folder or link, as the walk saw it.
    ///
    /// A link's own extended attributes are left out: Linux allows none of the user's there. Throws what the
    /// system says where a link or file went away or cannot be read; attributes that cannot be are named.
    func read(_ item: ScannedItem, file: OpenFile? = nil) throws(SystemFailure) -> Reading {
        switch item.status.kind {
        case .file:
            let file = if let file { file } else { try item.openFile() }
            return read(item.path, file, try file.status())
        case .directory:
            let entry = entry(item.path, .directory, item.status)
            return item.directory.map { with(entry, attributesOf: $0.descriptor) } ?? Reading(entry: entry)
        case .symbolicLink:
            var entry = entry(item.path, .symbolicLink, item.status)
            entry.linkTarget = try item.parent.linkTarget(of: item.name)
            return Reading(entry: entry)
        case .pipe, .socket, .device:
            preconditionFailure("a walk makes no item of a \(item.status.kind.name)")
        }
    }

    /// The entry of an open file that had this status.
    func read(_ path: EntryPath, _ file: OpenFile, _ status: FileStatus) -> Reading {
        with(entry(path, .file, status), attributesOf: file.descriptor)
    }

    private func with(_ entry: Entry, attributesOf descriptor: Int32) -> Reading {
        let attributes = AttributeReading(of: descriptor)
        var reading = Reading(entry: entry, missing: attributes.missing)
        reading.entry.extendedAttributes = attributes.attributes
        return reading
    }

    private func entry(_ path: EntryPath, _ kind: Entry.Kind, _ status: FileStatus) -> Entry {
        var entry = Entry(path: path, kind: kind)
        // A folder's or a link's size is the file system's affair, and differs from one to the other.
        entry.size = kind == .file ? status.size : 0
        entry.modified = status.modified
        entry.changed = status.changed
        entry.inode = status.inode
        entry.linkCount = kind == .file && status.linkCount > 1 ? status.linkCount : 0
        entry.mode = status.mode
        entry.owner = ownerNames.user(status.ownerID)
        entry.group = ownerNames.group(status.groupID)
        entry.ownerID = status.ownerID
        entry.groupID = status.groupID
        entry.linkCount = kind == .file && status.linkCount > 1 ? status.linkCount : 0
        return entry
    }
}
