internal import Crypto
internal import Replicator
public import Vault

/// A file that was found.
public struct FoundFile: Sendable {
    public let entry: Entry
    /// The replicas that have confirmed all of its content, as this machine knows, by name.
    public let replicas: [String]
    /// Where they were asked for.
    public let picture: PictureFacts?
    let state: FileFilter.State
}

/// What looking through a snapshot has come to.
public struct FindResult: Sendable {
    public let snapshot: FoundSnapshot
    /// Pictures of which nobody knows what the camera wrote: they are not on this disk, and were not fetched.
    public let unknownPictures: Int
}

extension OpenVault {
    /// A snapshot's files that the filter lets through, in walk order.
    ///
    /// - Parameters:
    ///   - selection: where to look; where it takes whole groups, a file brings the others of its picture.
    ///   - look: how to find out what cameras wrote; called where the filter asks for it, and the catalog does not know.
    /// - Throws: as `list`, `CatalogError`, what `look` throws; nothing found is no error.
    public func find(
        _ filter: FileFilter, in snapshot: SnapshotSelection, _ selection: EntrySelection,
        look: PictureLook, warn: @escaping WarningHandler, onFile: (FoundFile, SnapshotID) -> Void
    ) async throws -> FindResult {
        var found = try await find(snapshot, warn: warn)
        var place = selection
        place.takesWholeGroups = false
        if !selection.paths.isEmpty {
            (place.paths, found.missing) = try await reader.lookUp(selection.paths, in: found.snapshot)
            // Another collection may have them.
            if place.paths.isEmpty { return FindResult(snapshot: found, unknownPictures: 0) }
        }
        var entries = SnapshotEntries(reader: reader, snapshot: found.snapshot, selection: place)
        var run = GroupRun(takesWhole: selection.takesWholeGroups)
        var holders = PackHolders(vault: self)
        let pictures = try PictureFinding(vault: self, look: look, collection: snapshot.collection)
        var unknownCount = 0
        while let batch = try await entries.nextFiles(Self.picturesAtOnce) {
            let facts = try await facts(of: batch, filter, pictures)
            for (entry, facts) in zip(batch, facts) {
                let isFound = filter.matches(entry)
                if isFound, filter.needsPictureFacts, facts == nil { unknownCount += 1 }
                var isMeant = isFound && (!filter.needsPictureFacts || facts.map(filter.matches) ?? false)
                // Who has it is asked only of those that may be told.
                guard isMeant || run.takesWhole else { continue }
                let file = try await holders.locate(entry, facts)
                isMeant = isMeant && filter.state.map { $0 == file.state } ?? true
                for file in run.add(file, isMeant: isMeant) { onFile(file, found.id) }
            }
        }
        for file in run.end() { onFile(file, found.id) }
        return FindResult(snapshot: found, unknownPictures: unknownCount)
    }

    /// Their first bytes are in memory together.
    static let picturesAtOnce = 32

    /// Of the files that name, size and time let through, and only where the filter asks for it; nil for the others.
    private func facts(
        of batch: [Entry], _ filter: FileFilter, _ pictures: PictureFinding
    ) async throws -> [PictureFacts?] {
        var facts: [PictureFacts?] = Array(repeating: nil, count: batch.count)
        guard filter.needsPictureFacts else { return facts }
        let wanted = batch.indices.filter { filter.matches(batch[$0]) }
        for (place, found) in zip(wanted, try await pictures.facts(of: wanted.map { batch[$0] })) {
            facts[place] = found
        }
        return facts
    }
}

extension SnapshotEntries {
    /// The next files, at most so many; nil at the end.
    fileprivate mutating func nextFiles(_ count: Int) async throws -> [Entry]? {
        var files: [Entry] = []
        while files.count < count, let entry = try await next() {
            if entry.kind == .file { files.append(entry) }
        }
        return files.isEmpty ? nil : files
    }
}

/// Which replicas have confirmed packs, each asked of the catalog once.
private struct PackHolders {
    let vault: OpenVault
    private var known: [SHA256Digest: Set<Int>] = [:]

    init(vault: OpenVault) { self.vault = vault }

    mutating func locate(_ entry: Entry, _ facts: PictureFacts?) async throws -> FoundFile {
        let references = try await vault.references(of: entry) + entry.contentLists
        var whole = Set(vault.catalogReplicas.indices)
        for pack in Set(references.map(\.pack)) { whole.formIntersection(try holders(of: pack)) }
        return FoundFile(
            entry: entry, replicas: whole.sorted().map { vault.replicas.names[$0] }, picture: facts,
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
