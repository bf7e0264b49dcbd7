internal import Crypto
internal import Replicator
public import Vault

/// A file that was found.
public struct FoundFile: Sendable {
    public let entry: Entry
    /// The replicas that have confirmed all of its content, as this machine knows, by name.
    public let replicas: [String]
    let state: FileFilter.State
}

extension OpenVault {
    /// A snapshot's files that the filter lets through, in walk order.
    ///
    /// - Parameter selection: where to look; where it takes whole groups, a file brings the others of its picture.
    /// - Returns: as `list`.
    /// - Throws: as `list`, `CatalogError`; nothing found is no error.
    @discardableResult
    public func find(
        _ filter: FileFilter, in snapshot: SnapshotSelection, _ selection: EntrySelection,
        warn: @escaping WarningHandler, onFile: (FoundFile, SnapshotID) -> Void
    ) async throws -> FoundSnapshot {
        let found = try await find(snapshot, warn: warn)
        var place = selection
        place.takesWholeGroups = false
        var entries = SnapshotEntries(reader: reader, snapshot: found.snapshot, selection: place)
        var run = GroupRun(takesWhole: selection.takesWholeGroups)
        var holders = PackHolders(vault: self)
        while let entry = try await entries.next() {
            guard entry.kind == .file else { continue }
            var isMeant = filter.matches(entry)
            // Who has it is asked only of those that may be told.
            guard isMeant || run.takesWhole else { continue }
            let file = try await holders.locate(entry)
            isMeant = isMeant && filter.state.map { $0 == file.state } ?? true
            for file in run.add(file, isMeant: isMeant) { onFile(file, found.id) }
        }
        for file in run.end() { onFile(file, found.id) }
        return found
    }
}

/// Which replicas have confirmed packs, each asked of the catalog once.
private struct PackHolders {
    let vault: OpenVault
    private var known: [SHA256Digest: Set<Int>] = [:]

    init(vault: OpenVault) { self.vault = vault }

    mutating func locate(_ entry: Entry) async throws -> FoundFile {
        let references = try await vault.references(of: entry) + entry.contentLists
        var whole = Set(vault.catalogReplicas.indices)
        for pack in Set(references.map(\.pack)) { whole.formIntersection(try holders(of: pack)) }
        return FoundFile(
            entry: entry, replicas: whole.sorted().map { vault.replicas.names[$0] },
            state: whole.count == vault.catalogReplicas.count ? .whole : whole.isEmpty ? .lost : .behind)
    }

    private mutating func holders(of pack: SHA256Digest) throws -> Set<Int> {
        if let holders = known[pack] { return holders }
        let holders = try vault.catalogReplicas.indices.filter {
            try vault.catalog.isConfirmed(pack, by: vault.catalogReplicas[$0])
        }
        known[pack] = Set(holders)
        return Set(holders)
    }
}

/// The files of one picture as they come by, until it is known whether one of them is meant.
private struct GroupRun {
    let takesWhole: Bool
    private var group: PhotoGroup?
    private var files: [FoundFile] = []
    private var isMeant = false

    init(takesWhole: Bool) { self.takesWhole = takesWhole }

    /// Takes the next file, and returns those whose turn it is.
    mutating func add(_ file: FoundFile, isMeant: Bool) -> [FoundFile] {
        guard takesWhole, let own = PhotoGroup(file.entry) else { return end() + (isMeant ? [file] : []) }
        let ended = own == group ? [] : end()
        group = own
        files.append(file)
        self.isMeant = self.isMeant || isMeant
        return ended
    }

    mutating func end() -> [FoundFile] {
        defer { (group, files, isMeant) = (nil, [], false) }
        return isMeant ? files : []
    }
}
