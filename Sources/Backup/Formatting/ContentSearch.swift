internal import ObjectStore
internal import Replicator
internal import Vault

/// Looks through the snapshots for whole contents, one snapshot after the other, and tells by which objects each of
/// them brings a content back.
struct ContentSearch {
    /// Contents, and all objects that bring each back: snapshot, page, lists and packs.
    typealias Finding = [ContentName: Set<ObjectKey>]

    private let vault: OpenVault
    private let wanted: Set<ContentName>
    private let sizes: Set<UInt64>
    /// Newest first.
    private var snapshots: ArraySlice<(key: ObjectKey, id: SnapshotID)>
    /// What is wanted of the pages read so far: snapshots share most of theirs.
    private var pages: [Reference: Finding] = [:]

    /// Of the snapshots that replicas show and nobody has forgotten.
    ///
    /// - Throws: `CatalogError`.
    init(_ wanted: Set<ContentName>, in vault: OpenVault, _ listing: SmallObjectListing) throws {
        self.vault = vault
        self.wanted = wanted
        sizes = Set(wanted.map(\.size))
        let shown = try listing.only(ObjectName.snapshotsPrefix).holders.keys.filter {
            try !vault.catalog.hasTombstone($0.rawValue)
        }
        snapshots =
            shown.compactMap { key in SnapshotID(key).map { (key, $0) } }.sorted { $0.id > $1.id }[...]
    }

    /// What the next snapshot has; nil after the last one.
    ///
    /// One that cannot be read holds nothing for this, and is warned of. A checkpoint holds nothing either: nobody was
    /// told that its run is done.
    ///
    /// - Throws: `CancellationError`.
    mutating func next(warn: WarningHandler) async throws -> Finding? {
        guard let (key, id) = snapshots.popFirst() else { return nil }
        try Task.checkCancellation()
        guard case .snapshot(let collection, _, _) = ObjectName(key) else { return [:] }
        var found: Finding = [:]
        do {
            let snapshot = try await vault.readSnapshot(id, of: collection)
            guard !snapshot.isCheckpoint else { return [:] }
            for page in snapshot.pages {
                found.merge(try await look(through: page)) { first, _ in first }
            }
        } catch let error as ReplicaSetError where error.code != .cancelled {
            warn(Warning(what: "snapshot \(id.short)", why: "\(error)"))
        } catch let error as VaultError {
            warn(Warning(what: "snapshot \(id.short)", why: error.reason))
        }
        return found.mapValues { $0.union([key]) }
    }

    private mutating func look(through page: Snapshot.PageReference) async throws -> Finding {
        if let known = pages[page.reference] { return known }
        var found: Finding = [:]
        for entry in try await vault.readPage(page) where entry.kind == .file && sizes.contains(entry.size) {
            let references = try await vault.references(of: entry)
            guard let content = ContentName(size: entry.size, references: references),
                wanted.contains(content)
            else { continue }
            let meta = ([page.reference] + entry.contentLists).map { ObjectName.metaPack($0.pack).key }
            found[content] = Set(meta + references.map { ObjectName.pack($0.pack).key })
        }
        pages[page.reference] = found
        return found
    }
}
