internal import Crypto
internal import Vault

/// A snapshot, compared with what is on the disk now.
public struct DiskComparison: Sendable {
    public let snapshot: FoundSnapshot
    public let counts: DifferenceCounts
}

extension OpenVault {
    /// What changed on the disk since a snapshot, in walk order: what is added is not in it, what is removed is in the
    /// vault alone.
    ///
    /// A file with the size and times of the snapshot is taken to be the same; one with its size and other times is read.
    /// Nothing else than lists is fetched.
    ///
    /// - Parameters:
    ///   - snapshot: where none is named and no time, this machine's newest of the collection, if it has made any.
    ///   - sources: where the collection's folders are; what the snapshot has of others is left out.
    ///   - readsEverything: whether files of the same size and times are read too, which alone finds rot.
    /// - Throws: as `find`, `SourceError`.
    public func compare(
        _ snapshot: SnapshotSelection, withDisk sources: [SourceRoot], excludes: ExcludePatterns = .none,
        readsEverything: Bool = false, warn: @escaping WarningHandler,
        onDifference: @escaping (Difference) -> Void
    ) async throws -> DiskComparison {
        let found = try await find(ownIfAny(snapshot, warn: warn), warn: warn)
        let roots = EntrySelection(paths: try sources.map { try $0.name() })
        var entries = SnapshotEntries(reader: reader, snapshot: found.snapshot, selection: roots)
        var disk = try await DiskEntries(sources, excludes: excludes, own: ownPlaces)
        var comparison = PathComparison(
            vault: self, readsEverything: readsEverything, onDifference: onDifference)
        var (entry, event) = (try await entries.next(), try await disk.next())
        while let path = [entry?.path, event?.path].compactMap({ $0 }).min() {
            let pair = (entry: entry?.path == path ? entry : nil, event: event?.path == path ? event : nil)
            try await comparison.compare(pair.entry, pair.event)
            if pair.entry != nil { entry = try await entries.next() }
            if pair.event != nil { event = try await disk.next() }
        }
        return DiskComparison(snapshot: found, counts: comparison.counts)
    }
}

extension OpenVault {
    /// Another machine's snapshot says nothing of this one's disk.
    private func ownIfAny(
        _ selection: SnapshotSelection, warn: @escaping WarningHandler
    ) async throws -> SnapshotSelection {
        guard selection.snapshot == nil, selection.notAfter == nil, selection.host == nil else {
            return selection
        }
        try await synchronise(warn: warn)
        let collection = keys.collectionID(name: selection.collection)
        guard let own = try catalog.snapshots(of: collection, by: device.id).first else { return selection }
        return SnapshotSelection(collection: selection.collection, snapshot: own.description)
    }
}

/// Compares one path after the other.
private struct PathComparison {
    let vault: OpenVault
    let readsEverything: Bool
    let onDifference: (Difference) -> Void
    private(set) var counts = DifferenceCounts()
    /// What lies in it is not known.
    private var unreadableFolder: EntryPath?

    init(vault: OpenVault, readsEverything: Bool, onDifference: @escaping (Difference) -> Void) {
        self.vault = vault
        self.readsEverything = readsEverything
        self.onDifference = onDifference
    }

    mutating func compare(_ entry: Entry?, _ event: WalkEvent?) async throws {
        switch (entry, event) {
        case (_, .unreadable(let path, let reason, let isFolder)):
            if isFolder { unreadableFolder = path }
            tell(path, .unreadable, entry, nil, reason)
        case (nil, .skipped): break
        case (_, .skipped(let path, let kind)):
            tell(path, .unreadable, entry, nil, "a \(kind.name) cannot be backed up")
        // It is as if it were not on the disk: no run takes it in.
        case (let entry?, .own(let path, _, _)): tell(path, .removed, entry, nil)
        case (nil, .own): break
        case (nil, .item(let item)): tell(item.path, .added, nil, item.status)
        case (let entry?, .item(let item)): try await compare(entry, item)
        case (let entry?, nil):
            if let folder = unreadableFolder, entry.path.isWithin(folder) { return }
            tell(entry.path, .removed, entry, nil)
        case (nil, nil): break
        }
    }

    private mutating func compare(_ entry: Entry, _ item: ScannedItem) async throws {
        let status = item.status
        guard entry.kind == status.kind.entryKind else { return tell(item.path, .type, entry, status) }
        do {
            let isSame = try await hasContent(of: entry, item)
            if let kind = kind(of: entry, status, hasSameContent: isSame) {
                tell(item.path, kind, entry, status)
            } else if entry.kind != .directory {
                counts.unchanged += 1
            }
        } catch let failure as SystemFailure {
            tell(item.path, .unreadable, entry, status, failure.description)
        }
    }

    /// - Throws: `SystemFailure` where it cannot be read.
    private func hasContent(of entry: Entry, _ item: ScannedItem) async throws -> Bool {
        switch entry.kind {
        case .directory: return true
        case .symbolicLink:
            return try await BlockingWork.run { try item.parent.linkTarget(of: item.name) }
                == entry.linkTarget
        case .file:
            guard entry.size == item.status.size else { return false }
            let areTimesSame =
                entry.modified == item.status.modified && entry.changed == item.status.changed
            guard readsEverything || !areTimesSame else { return true }
            let references = try await vault.references(of: entry)
            return try await BlockingWork.run { [key = vault.keys.contentKey] in
                try ContentComparison.hasContent(item.openFile(), references, key)
            }
        }
    }

    private func kind(
        of entry: Entry, _ status: FileStatus, hasSameContent: Bool
    ) -> Difference.Kind? {
        let isTimeSame = entry.modified == status.modified
        if !hasSameContent {
            if entry.kind == .file, isTimeSame, entry.changed == status.changed, entry.size == status.size {
                return .rot
            }
            return PhotoGroup.isSidecar(entry.path) ? .metadata : .content
        }
        switch entry.kind {
        case .symbolicLink: return nil
        case .directory: return entry.mode == status.mode ? nil : .metadata
        case .file: return entry.mode == status.mode && isTimeSame ? nil : .metadata
        }
    }

    private mutating func tell(
        _ path: EntryPath, _ kind: Difference.Kind, _ entry: Entry?, _ status: FileStatus?,
        _ reason: String? = nil
    ) {
        let difference = Difference(
            path: path, kind: kind,
            isFolder: status.map { $0.kind == .directory } ?? (entry?.kind == .directory),
            sizeBefore: entry.flatMap { $0.kind == .file ? $0.size : nil },
            size: status.flatMap { $0.kind == .file ? $0.size : nil }, reason: reason)
        counts.add(difference)
        onDifference(difference)
    }
}
