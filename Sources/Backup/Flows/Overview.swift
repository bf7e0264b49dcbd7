internal import Glibc
internal import ObjectStore
internal import Replicator
internal import Synchronization
public import Vault

/// How much of everything is where, for a page that shows it: from the catalog alone, without a look at a provider.
public struct VaultOverview: Sendable {
    public struct Replica: Sendable {
        public let name: String
        /// Objects that it has confirmed, and their bytes.
        public let objectCount: Int
        public let byteCount: Int64
        public let lastWrite: UTCTime?
    }

    /// What a collection's newest state holds below one of its top folders, which stand for its sources.
    public struct Source: Sendable {
        public let collection: String
        public let label: [UInt8]
        public internal(set) var fileCount = 0
        public internal(set) var byteCount: Int64 = 0
        /// How many files are whole at no place, at one, at two, …
        public internal(set) var fileCounts: [Int]
    }

    /// The files of one day: that on which a picture was taken, by its camera's clock; where nobody has found that out, or
    /// the file has none, that of its last change in this machine's time zone.
    public struct Day: Sendable, Hashable {
        /// Days since 1 January 1970.
        public let number: Int
        public internal(set) var fileCount: Int
        /// How many places hold all of the files, and of those that are stored beside them.
        public internal(set) var lowestPlaceCount: Int
    }

    public internal(set) var replicas: [Replica] = []
    /// How many places the replicas are: one under two names is one.
    public internal(set) var placeCount = 0
    public internal(set) var sources: [Source] = []
    /// In order.
    public internal(set) var days: [Day] = []
    /// How many files have the day of their last change.
    public internal(set) var undatedFileCount = 0
    /// As each verification that read left it, and last how it is now.
    public internal(set) var readBack: [ReadBackSample] = []
}

/// What pages hold, by day and top folder. A page never changes, so that of a million files only those are counted
/// whose pages are new.
public final class OverviewMemory: Sendable {
    struct Count {
        let root: [UInt8]
        let day: Int
        var files: Int
        var bytes: Int64
        /// Of the files, those whose day is that of their last change.
        var undatedFiles: Int
    }

    private struct Counts {
        var ofPages: [Catalog.PageContent: [Count]] = [:]
        /// Rises when something is forgotten: what was counted before is not kept.
        var revision = 0
    }

    private let counts = Mutex(Counts())
    /// By the collection's row.
    private let datedGenerations = Mutex<[Int64: Int64]>([:])

    public init() {}

    /// The counts of the pages, in their order; those of other pages of the collection are forgotten.
    func counts(of pages: [Catalog.PageStanding], in collection: CatalogCollection, _ catalog: Catalog) throws
        -> [[Count]]
    {
        let known = counts.withLock(\.self)
        var first: [UInt8] = []
        let found = try pages.map { page in
            defer { first = page.lastPath }
            return try known.ofPages[page.content]
                ?? Self.count(collection, after: first, upTo: page.lastPath, catalog)
        }
        // While a run is writing, rows are not those of the base.
        guard !collection.isDirty else { return found }
        counts.withLock { counts in
            guard counts.revision == known.revision else { return }
            counts.ofPages = counts.ofPages.filter { $0.key.collection != collection.id }
            for (page, count) in zip(pages, found) { counts.ofPages[page.content] = count }
        }
        return found
    }

    /// Lets the collection be counted anew: of more files is known when they were taken.
    func forget(_ collection: CatalogCollection) {
        counts.withLock { counts in
            counts.ofPages = counts.ofPages.filter { $0.key.collection != collection.id }
            counts.revision += 1
        }
    }

    /// Whether this state of the collection has not been gone through for dates; it counts as that from now on.
    func beginDating(_ collection: CatalogCollection) -> Bool {
        datedGenerations.withLock {
            $0.updateValue(collection.generation, forKey: collection.id) != collection.generation
        }
    }

    private static func count(
        _ collection: CatalogCollection, after first: [UInt8], upTo last: [UInt8], _ catalog: Catalog
    ) throws -> [Count] {
        var counts: [Count] = []
        var places: [Int: Int] = [:]
        var root: ArraySlice<UInt8> = []
        var zone = LocalDays()
        try catalog.forEachFile(of: collection, after: first, upTo: last) { file in
            if counts.isEmpty || file.root != root { (root, places) = (file.root, [:]) }
            let day =
                file.taken.map { Int($0.heldDifference($0 >= 0 ? 0 : 86399) / 86400) }
                ?? zone.day(ofNanoseconds: file.modified)
            let place = places[day] ?? counts.count
            if place == counts.count {
                places[day] = place
                counts.append(Count(root: Array(file.root), day: day, files: 0, bytes: 0, undatedFiles: 0))
            }
            counts[place].files += 1
            counts[place].bytes = counts[place].bytes.heldSum(file.size)
            if file.taken == nil { counts[place].undatedFiles += 1 }
        }
        return counts
    }
}

/// Which day a moment is in this machine's time zone; quick for moments near each other.
struct LocalDays {
    private var day = 0
    private var seconds: Range<Int64> = 0..<0

    mutating func day(ofNanoseconds nanoseconds: Int64) -> Int {
        let second = nanoseconds.heldDifference(nanoseconds < 0 ? 999_999_999 : 0) / 1_000_000_000
        if seconds.contains(second) { return day }
        var time = time_t(second)
        var parts = tm()
        localtime_r(&time, &parts)
        let local = second + Int64(parts.tm_gmtoff)
        day = Int(local >= 0 ? local / 86400 : (local - 86399) / 86400)
        // Of the quarter of an hour alone, within which no zone changes its offset.
        let start = second - ((second % 900) + 900) % 900
        seconds = start..<(start + 900)
        return day
    }
}

extension VaultAccess {
    /// What the catalog knows of all files. Needs no secret; nil where this machine has no catalog of the vault.
    ///
    /// - Parameter memory: to be given again the next time.
    /// - Throws: `CatalogError`, or what SQLite says.
    public func overview(_ memory: OverviewMemory) async throws -> VaultOverview? {
        guard let vault = state.vault(at: providers.map(\.location)), state.hasCatalog(vault) else {
            return nil
        }
        let places = providers.map { (location: $0.location, name: $0.store.name) }
        return try await BlockingWork.run {
            let catalog = try openCatalog(of: vault)
            return try catalog.overview(of: catalog.replicas(places), memory)
        }
    }
}

extension Catalog {
    func overview(of replicas: [CatalogReplica], _ memory: OverviewMemory) throws -> VaultOverview {
        var overview = VaultOverview()
        overview.replicas = try replicas.map { replica in
            let holdings = try holdings(of: replica)
            return VaultOverview.Replica(
                name: replica.name, objectCount: holdings.objectCount, byteCount: holdings.byteCount,
                lastWrite: holdings.lastWrite)
        }
        let numbers = ReplicaSet.places(
            ofReplicas: replicas.count, joining: try samePlaces(among: replicas.map(\.location)))
        let places = Dictionary(grouping: replicas.indices) { numbers[$0] }.values
            .map { $0.map { replicas[$0] } }
        overview.placeCount = places.count
        var days: [Int: VaultOverview.Day] = [:]
        for collection in try collections() where collection.base != nil {
            let pages = try pageStandings(of: collection, places: places)
            var sources: [[UInt8]: VaultOverview.Source] = [:]
            for (page, counts) in zip(pages, try memory.counts(of: pages, in: collection, self)) {
                let held = min(page.placeCount, places.count)
                for count in counts {
                    var day =
                        days[count.day]
                        ?? VaultOverview.Day(
                            number: count.day, fileCount: 0, lowestPlaceCount: places.count)
                    day.fileCount += count.files
                    day.lowestPlaceCount = min(day.lowestPlaceCount, held)
                    days[count.day] = day
                    overview.undatedFileCount += count.undatedFiles
                    sources[
                        count.root,
                        default: VaultOverview.Source(
                            collection: collection.name, label: count.root,
                            fileCounts: Array(repeating: 0, count: places.count + 1))
                    ].add(count, heldBy: held)
                }
            }
            overview.sources += sources.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        }
        overview.days = days.values.sorted { $0.number < $1.number }
        overview.readBack = try readBackSamples() + [readBack(of: replicas, at: .now())]
        return overview
    }
}

extension VaultOverview.Source {
    fileprivate mutating func add(_ count: OverviewMemory.Count, heldBy places: Int) {
        fileCount += count.files
        byteCount = byteCount.heldSum(count.bytes)
        fileCounts[places] += count.files
    }
}
