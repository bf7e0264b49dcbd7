internal import Crypto
internal import Vault

/// What a collection's base needs and cannot be relied on: a tombstone names it, so that it is stored anew before it
/// goes, or no replica has it any more.
struct DoomedPacks: Sendable {
    /// Pages that cannot be referred to again.
    private(set) var pages: Set<Int64> = []
    /// Those that no replica has any more.
    private(set) var lost: Set<SHA256Digest> = []
    private var packs: Set<SHA256Digest> = []
    private let catalog: Catalog

    init(of collection: CatalogCollection, in catalog: Catalog, replicas: [CatalogReplica]) throws {
        self.catalog = catalog
        var (pages, packs, lost) = (Set<Int64>(), Set<SHA256Digest>(), Set<SHA256Digest>())
        try catalog.forEachDoomed(of: collection, lost: try catalog.lostPacks(replicas)) {
            page, pack, isLost in
            pages.insert(page)
            packs.insert(pack)
            if isLost { lost.insert(pack) }
        }
        self.pages = pages
        self.packs = packs
        self.lost = lost
    }

    /// Whether any of the entry's content, or a list of it, is in such a pack.
    func hold(_ entry: Entry) throws -> Bool { try needs(entry, anyOf: packs) }

    /// Whether any of it is in a pack that no replica has any more.
    func holdLost(_ entry: Entry) throws -> Bool { try needs(entry, anyOf: lost) }

    /// Why the entry's content cannot be relied on.
    func reason(for entry: Entry) throws -> String {
        try holdLost(entry)
            ? "no replica has its content any more, and it was not found again"
            : "its content is to be deleted from the vault, and was not found again"
    }

    private func needs(_ entry: Entry, anyOf packs: Set<SHA256Digest>) throws -> Bool {
        guard !packs.isEmpty else { return false }
        if entry.content.contains(where: { packs.contains($0.pack) }) { return true }
        return try entry.contentLists.contains { list in
            try packs.contains(list.pack) || !packs.isDisjoint(with: catalog.packsListed(in: list.pack))
        }
    }
}
