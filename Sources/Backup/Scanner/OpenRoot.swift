import Glibc
internal import Vault

/// A root that is there, and, if it is a folder, has something in it.
struct OpenRoot: Sendable {
    /// The path as the user wrote it.
    let source: String
    let item: ScannedItem
    /// Sorted; empty unless it is a folder.
    let listing: DirectoryListing

    /// Throws `.notFound`, `.unreadable`, `.empty`, `.notBackedUp` or `.name`.
    init(_ root: SourceRoot) throws(SourceError) {
        source = root.path
        let path = try root.name()
        do throws(SystemFailure) {
            if let directory = try Self.openFolder(root.path) {
                var listing = try directory.names()
                listing.sort()
                self.listing = listing
                item = ScannedItem(
                    path: path, status: try directory.status(), parent: directory,
                    name: [UInt8(ascii: ".")], directory: directory)
            } else {
                listing = DirectoryListing()
                item = try Self.fileOrLink(root.path, as: path)
            }
        } catch {
            throw Self.failure(source, error)
        }
        guard item.status.kind.entryKind != nil else {
            throw SourceError(
                .notBackedUp, source: source, reason: "a \(item.status.kind.name) has no content to back up")
        }
        guard item.directory == nil || !listing.names.isEmpty else {
            throw SourceError(
                .empty, source: source, reason: "the folder is empty", hint: "is the disk mounted?")
        }
    }

    /// Throws `.notFound` unless the path still leads to the folder that was opened. Else the disk was taken
    /// out or the folder moved away, and what was not met cannot be told from what was deleted.
    func checkStillThere() throws(SourceError) {
        do throws(SystemFailure) {
            let now = try DirectoryHandle(path: source).status()
            guard now.inode == item.status.inode, now.device == item.status.device else {
                throw SystemFailure(ENOENT)
            }
        } catch  where error.isScarcity {
            throw SourceError.scarcity(source, error)
        } catch {
            throw SourceError(
                .notFound, source: source, reason: "the folder went away while it was read",
                hint: "is the disk mounted?")
        }
    }

    /// nil where the path leads to something else, or is a link that leads nowhere.
    private static func openFolder(_ path: String) throws(SystemFailure) -> DirectoryHandle? {
        do throws(SystemFailure) {
            return try DirectoryHandle(path: path)
        } catch {
            guard [ENOTDIR, ENOENT, ELOOP].contains(error.number) else { throw error }
            return nil
        }
    }

    private static func fileOrLink(_ path: String, as entry: EntryPath) throws(SystemFailure) -> ScannedItem {
        var bytes = Array(path.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let name = Array(bytes[((slash ?? -1) + 1)...])
        let folder = slash.map { Array(bytes[...$0]) } ?? [UInt8(ascii: ".")]
        let parent = try folder.withCString { (folder) throws(SystemFailure) in
            try DirectoryHandle(path: folder)
        }
        let hasLogs = DatabaseFiles.Log.allCases.contains {
            (try? parent.status(of: name + $0.suffix)) != nil
        }
        return ScannedItem(
            path: entry, status: try parent.status(of: name), parent: parent, name: name, directory: nil,
            hasLogs: hasLogs)
    }

    private static func failure(_ source: String, _ failure: SystemFailure) -> SourceError {
        switch failure.number {
        case ENOENT, ENOTDIR:
            SourceError(
                .notFound, source: source, reason: failure.description, hint: "is the disk mounted?")
        case _ where failure.isScarcity: SourceError.scarcity(source, failure)
        default: SourceError(.unreadable, source: source, reason: failure.description)
        }
    }
}
