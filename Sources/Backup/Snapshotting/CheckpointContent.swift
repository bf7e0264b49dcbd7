internal import Crypto
internal import Vault

/// What a checkpoint holds.
struct CheckpointContent: Sendable {
    let pages: [Snapshot.PageReference]
    let counts: ScanCounts
    let unreadable: [Snapshot.Unreadable]
    let incomplete: [Snapshot.Unreadable]
    /// Packs that pages need which are not in the catalog.
    let neededPacks: Set<SHA256Digest>
    /// The newest page in the catalog that belongs to it.
    let lastPage: Int64
    let lostPacks: Set<SHA256Digest>
}

extension CheckpointContent {
    /// What there is so far: the pages that are made, then those of the edits that wait, as far as they are settled,
    /// then the base's.
    init(
        _ made: SnapshotPages, waiting: ArraySlice<PageEdits>, before rest: ArraySlice<BasePage>,
        vault: OpenVault, pipeline: PackPipeline
    ) throws {
        // Before any page is made: all files of a database are in the checkpoint as they are now, or none.
        for group in waiting {
            for case .member(let database, _) in group.edits { _ = database.isReady() }
        }
        let closed = try made.builder.closedPages()
        let side = PageBuilder(
            vault: vault, collection: made.collection, pipeline: pipeline, isForCheckpoint: true)
        var counts = try vault.catalog.counts(of: made.collection)
        for entry in made.builder.entries { try side.append(entry) }
        for group in waiting {
            if let base = group.base, group.edits.isEmpty, side.isAtBoundary {
                side.reuse(base.page)
                continue
            }
            let old = try group.base.map { try made.builder.entries(of: $0) } ?? []
            let new = try made.fates.settled(old, group.edits)
            counts.replace(old, by: new)
            for entry in new { try side.append(entry) }
        }
        try side.endPage()
        for page in rest { side.reuse(page.page) }
        self.init(
            pages: closed + (try side.finish()), counts: counts, unreadable: made.result.unreadable,
            incomplete: made.result.incomplete,
            neededPacks: side.checkpointPacks, lastPage: try vault.catalog.newestPage(),
            lostPacks: made.doomed.lost)
    }
}

extension ScanCounts {
    fileprivate mutating func replace(_ old: [Entry], by new: [Entry]) {
        for entry in old { add(entry.kind, size: entry.size, -1) }
        for entry in new { add(entry.kind, size: entry.size) }
    }
}
