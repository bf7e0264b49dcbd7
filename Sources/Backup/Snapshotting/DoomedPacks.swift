internal import Crypto
internal import Vault

/// What a collection's base needs and a tombstone names: it is there still, and is stored anew before it goes.
struct DoomedPacks: Sendable {
    /// Pages that cannot be referred to again.
    let pages: Set<Int64>
    private let packs: Set<SHA256Digest>
    private let catalog: Catalog

    init(of collection: CatalogCollection, in catalog: Catalog) throws {
        let doomed = try catalog.doomed(of: collection)
        pages = Set(doomed.map(\.page))
        packs = Set(doomed.map(\.pack))
        self.catalog = catalog
    }

    /// Whether any of the entry's content, or a list of it, is in such a pack.
    func hold(_ entry: Entry) throws -> Bool {
        guard !packs.isEmpty else { return false }
        if entry.content.contains(where: { packs.contains($0.pack) }) { return true }
        return try entry.contentLists.contains { list in
            try packs.contains(list.pack) || !packs.isDisjoint(with: catalog.packsListed(in: list.pack))
        }
    }
}
