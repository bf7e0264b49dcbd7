internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// Everything that every replica must hold, in the order of the names, in batches from the catalog.
struct NeededObjects {
    private static let batchCount = 4096

    private enum Source {
        case readme
        case objects(prefix: String)
        case packs(isMeta: Bool)
    }

    /// In the order of the names.
    private static let sources: [Source] = [
        .readme, .objects(prefix: ObjectName.collectionsPrefix), .objects(prefix: ObjectName.grantsPrefix),
        .objects(prefix: ObjectName.inventoryPrefix),
        .objects(prefix: ObjectName.keyringPrefix), .packs(isMeta: true), .packs(isMeta: false),
        .objects(prefix: ObjectName.providersPrefix), .objects(prefix: ObjectName.recordsPrefix),
        .objects(prefix: ObjectName.snapshotsPrefix), .objects(prefix: ObjectName.tombstonesPrefix),
    ]

    /// The folders of the small objects among them.
    static let objectPrefixes = sources.compactMap {
        if case .objects(let prefix) = $0 { prefix } else { nil }
    }

    private let catalog: Catalog
    private var sources = Self.sources[...]
    private var lastPack: SHA256Digest?
    private var lastObject: ObjectKey?

    init(catalog: Catalog) { self.catalog = catalog }

    /// The next objects; none at the end.
    mutating func next() throws -> [NeededObject] {
        while let source = sources.first {
            let batch = try batch(of: source)
            if !batch.isEmpty { return batch }
        }
        return []
    }

    private mutating func batch(of source: Source) throws -> [NeededObject] {
        switch source {
        case .readme:
            sources = sources.dropFirst()
            return [NeededObject(key: .readme, byteCount: nil)]
        case .objects(let prefix):
            let objects = try catalog.neededObjects(
                prefix: prefix, after: lastObject, limit: Self.batchCount)
            lastObject = objects.count < Self.batchCount ? nil : objects.last?.key
            if lastObject == nil { sources = sources.dropFirst() }
            return objects
        case .packs(let isMeta):
            let batch = try catalog.neededPacks(isMeta: isMeta, after: lastPack, limit: Self.batchCount)
            lastPack = batch.last
            if lastPack == nil { sources = sources.dropFirst() }
            return batch.packs
        }
    }
}
