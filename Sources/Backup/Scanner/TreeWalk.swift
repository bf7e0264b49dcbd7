import Glibc
internal import Vault

/// Meets everything under the roots once, in the order of `EntryPath`: a folder, then at once what is in it.
///
/// Links are met, not followed, but for a root that is itself a link to a folder. What comes or goes during the
/// walk may be met or not. Each folder is read whole when it is met, and stays open until what is in it has
/// been met, and longer where a `ScannedItem` is kept. Every call blocks.
struct TreeWalk {
    private struct Folder {
        let handle: DirectoryHandle
        let device: UInt64
        /// The replica that is kept in it, if it is a provider's directory.
        let replica: OwnPlaces.Place?
        let listing: DirectoryListing
        let namesWithLogs: Set<[UInt8]>
        /// Of the name that comes next.
        var position = 0
        /// Of `path`, with this folder.
        let pathLength: Int
    }

    private let excludes: ExcludePatterns
    private var own: KnownOwnPlaces
    /// The next one last; the last one is the one that the walk is in, if it is in any.
    private var roots: [OpenRoot]
    /// The folders that the walk is in, from the root down.
    private var folders: [Folder] = []
    /// The path of the innermost folder in sort form, a zero byte after each component.
    private var path: [UInt8] = []

    /// Opens every root and looks into it, so that a missing disk is noticed before anything is read.
    ///
    /// Throws `.notFound`, `.unreadable`, `.notBackedUp`, `.empty` for a folder with nothing at all in it, `.own` for
    /// what is this program's own, or `.name` where two roots would have one name. What `excludes` names is matched below
    /// each root.
    init(
        roots: [SourceRoot], excludes: ExcludePatterns = .none, own: OwnPlaces = .none
    ) throws(SourceError) {
        self.excludes = excludes
        self.own = KnownOwnPlaces(own)
        var opened: [OpenRoot] = []
        for root in roots {
            let root = try OpenRoot(root)
            if let place = self.own.around(root.item.parent) {
                throw SourceError(
                    .own, source: root.source, reason: "it lies in \(place.what)",
                    hint: "a vault is not backed up into itself: name a folder of photographs")
            }
            opened.append(root)
        }
        opened.sort { $0.item.path > $1.item.path }
        for (one, other) in zip(opened, opened.dropFirst()) where one.item.path == other.item.path {
            throw SourceError(
                .name, source: one.source,
                reason: "\(other.source) has the same name, \"\(displayed(one.item.path))\"",
                hint: "give one of them a label")
        }
        self.roots = opened
    }

    /// Of the roots that are still to be met, in the snapshot.
    var rootPaths: [EntryPath] { roots.map(\.item.path) }

    /// The next event; nil at the end. Throws `.notFound` where a root went away during the walk, and `.scarcity`, after
    /// which it can be called again.
    mutating func next() throws(SourceError) -> WalkEvent? {
        while let folder = folders.last {
            let depth = folders.count
            if folder.position == folder.listing.names.count {
                try leave()
            } else {
                let event = try meet(folder.listing.names[folder.position], in: folder)
                folders[depth - 1].position += 1
                if let event { return event }
            }
        }
        guard let root = roots.last else { return nil }
        if let directory = root.item.directory {
            path = root.item.path.sortBytes + [0]
            let status = root.item.status
            enter(directory, root.listing, status, own.place(Identity(status), in: status.device))
        } else {
            roots.removeLast()
        }
        return .item(root.item)
    }

    private mutating func enter(
        _ handle: DirectoryHandle, _ listing: DirectoryListing, _ status: FileStatus,
        _ replica: OwnPlaces.Place?
    ) {
        folders.append(
            Folder(
                handle: handle, device: status.device, replica: replica, listing: listing,
                namesWithLogs: listing.namesWithLogs(), pathLength: path.count))
    }

    private mutating func leave() throws(SourceError) {
        if folders.count == 1 { try roots.last?.checkStillThere() }
        folders.removeLast()
        if let outer = folders.last {
            path.removeSubrange(outer.pathLength...)
        } else {
            roots.removeLast()
        }
    }

    /// What there is to tell of a name; nil if it is excluded or gone. Enters it, if it is a folder.
    ///
    /// Throws `.scarcity`, and has then entered nothing.
    private mutating func meet(
        _ name: DirectoryListing.Name, in folder: Folder
    ) throws(SourceError) -> WalkEvent? {
        path.append(contentsOf: folder.listing.bytes(of: name))
        path.append(0)
        let depth = folders.count
        defer { if folders.count == depth { path.removeSubrange(folder.pathLength...) } }

        var isFolder = name.kind == .directory
        do throws(SystemFailure) {
            // The kind in the listing spares asking for the status of what is excluded, skipped, or opened anyway.
            var status = name.kind == nil ? try self.status(of: name, in: folder) : nil
            isFolder = isFolder || status?.kind == .directory
            guard !isExcluded(isFolder: isFolder) else { return nil }
            if let replica = folder.replica,
                KnownOwnPlaces.replicaNames.contains(Array(folder.listing.bytes(of: name)))
            {
                return .own(entryPath, what: replica.what, place: entryPath.parent ?? entryPath)
            }
            if isFolder { return try openFolder(name, in: folder) }
            if TemporaryName.isTemporary(folder.listing.bytes(of: name)) {
                return .own(entryPath, what: "a file that a restore has not finished", place: entryPath)
            }
            if let kind = name.kind, kind.entryKind == nil { return .skipped(entryPath, kind) }
            if status == nil { status = try self.status(of: name, in: folder) }
            return event(for: name, in: folder, status!)
        } catch {
            if error.number == ENOENT { return nil }
            if error.isScarcity { throw SourceError.scarcity(displayed(entryPath), error) }
            if isFolder, error.number == EACCES, isForeignMount(name, in: folder) {
                return .own(entryPath, what: OwnPlaces.Place.mount(at: "").what, place: entryPath)
            }
            return .unreadable(entryPath, reason: error.description, isFolder: isFolder)
        }
    }

    private func event(
        for name: DirectoryListing.Name, in folder: Folder, _ status: FileStatus
    ) -> WalkEvent {
        switch status.kind {
        case .file, .symbolicLink:
            .item(item(Array(folder.listing.bytes(of: name)), in: folder, status))
        case .directory:
            .unreadable(entryPath, reason: "it became a folder while it was looked at", isFolder: true)
        case .pipe, .socket, .device: .skipped(entryPath, status.kind)
        }
    }

    private func item(_ name: [UInt8], in folder: Folder, _ status: FileStatus) -> ScannedItem {
        ScannedItem(
            path: entryPath, status: status, parent: folder.handle, name: name, directory: nil,
            hasLogs: !folder.namesWithLogs.isEmpty && folder.namesWithLogs.contains(name))
    }

    private mutating func openFolder(
        _ name: DirectoryListing.Name, in folder: Folder
    ) throws(SystemFailure) -> WalkEvent {
        let handle = try folder.listing.withCString(of: name) { (name) throws(SystemFailure) in
            try DirectoryHandle(name, in: folder.handle)
        }
        let status = try handle.status()
        // Before it is listed: a mount of this program would fetch the list from the providers.
        let place = own.place(Identity(status), in: folder.device)
        if let place, !place.isReplica { return .own(entryPath, what: place.what, place: entryPath) }
        var listing = try handle.names()
        listing.sort()
        enter(handle, listing, status, place)
        return .item(
            ScannedItem(
                path: entryPath, status: status, parent: folder.handle,
                name: Array(folder.listing.bytes(of: name)), directory: handle))
    }

    private func isForeignMount(_ name: DirectoryListing.Name, in folder: Folder) -> Bool {
        folder.listing.withCString(of: name) { own.isForeignMount($0, in: folder.handle.descriptor) }
    }

    private func status(
        of name: DirectoryListing.Name, in folder: Folder
    ) throws(SystemFailure) -> FileStatus {
        try folder.listing.withCString(of: name) { (name) throws(SystemFailure) in
            try FileStatus(of: name, in: folder.handle.descriptor)
        }
    }

    private func isExcluded(isFolder: Bool) -> Bool {
        guard !excludes.isEmpty else { return false }
        return path.withUnsafeBytes { path in
            let belowRoot = folders[0].pathLength
            return excludes.excludes(UnsafeRawBufferPointer(rebasing: path[belowRoot...]), isFolder: isFolder)
        }
    }

    /// `path` as it stands. A name that the kernel lists is never empty and has no slash or zero byte, and `.`
    /// and `..` are not in a listing, so that it always is one.
    private var entryPath: EntryPath { EntryPath(sortBytes: Array(path.dropLast()))! }
}
