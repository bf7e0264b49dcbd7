internal import Vault

/// The base's rows in walk order, read in batches.
struct BaseRows {
    private static let batchCount = 4096

    private let catalog: Catalog
    private let collection: CatalogCollection
    private var batch: EntryBatch
    private var index = 0

    init(catalog: Catalog, collection: CatalogCollection) throws {
        self.catalog = catalog
        self.collection = collection
        batch = try catalog.entries(of: collection, after: [], limit: Self.batchCount)
    }

    var isAtEnd: Bool { index == batch.count }
    var status: EntryStatus { batch.statuses[index] }
    var path: ArraySlice<UInt8> { batch.path(index) }

    /// Whether the current row comes before `path` (-1), is it (0), or comes after it (1).
    func compare(to path: EntryPath) -> Int { batch.compare(index, to: path.sortBytes) }

    func damage(_ reason: String) -> CatalogError { catalog.damage(reason) }

    mutating func next() throws {
        index += 1
        guard index == batch.count, batch.count == Self.batchCount else { return }
        batch = try catalog.entries(
            of: collection, after: Array(batch.path(index - 1)), limit: Self.batchCount)
        index = 0
    }
}
