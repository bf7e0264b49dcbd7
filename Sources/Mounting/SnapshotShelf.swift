internal import Backup
internal import Vault

/// The snapshots of a mount under the names of their folders. What has been on it keeps its place and its name, so that
/// a node means the same for as long as the mount lasts.
struct SnapshotShelf: Sendable {
    struct Shelved: Sendable {
        var summary: SnapshotSummary
        let collection: Int
        let name: [UInt8]
        /// Whether it is there still: one that was forgotten is not shown.
        var isShown = true
    }

    struct Collection: Sendable {
        let title: String
        let name: [UInt8]
        /// Oldest first, as they were found.
        var snapshots: [Int] = []
    }

    private(set) var snapshots: [Shelved] = []
    private(set) var collections: [Collection] = []

    /// Takes what there is now, oldest first.
    mutating func update(_ shown: [SnapshotSummary]) {
        let ids = Set(shown.map(\.id))
        let now = Dictionary(shown.map { ($0.id, $0) }) { first, _ in first }
        for place in snapshots.indices {
            let id = snapshots[place].summary.id
            snapshots[place].isShown = ids.contains(id)
            if let summary = now[id] { snapshots[place].summary = summary }
        }
        let known = Set(snapshots.map(\.summary.id))
        for summary in shown where !known.contains(summary.id) {
            let collection = place(of: summary.collection)
            let taken = Set(collections[collection].snapshots.map { snapshots[$0].name })
            let time = Array(summary.id.time.description.utf8)
            // Two machines can be done in the same second.
            let name = taken.contains(time) ? time + Array("-\(summary.id.short)".utf8) : time
            collections[collection].snapshots.append(snapshots.count)
            snapshots.append(Shelved(summary: summary, collection: collection, name: name))
        }
    }

    /// The newest that is there, of those whose run came to its end if there are any. Where several machines have made
    /// some under one name, this machine's; nil where it is not clear whose.
    func latest(of collection: Int) -> Int? {
        let shown = shown(of: collection)
        let whole = shown.filter { !snapshots[$0].summary.isCheckpoint }
        let meant = (whole.isEmpty ? shown : whole).filter { !snapshots[$0].summary.isOfOtherHistory }
        return meant.max { snapshots[$0].summary.id < snapshots[$1].summary.id }
    }

    /// The snapshot's folder below the mountpoint.
    func folder(of snapshot: Int) -> [UInt8] {
        let shelved = snapshots[snapshot]
        return collections[shelved.collection].name + [UInt8(ascii: "/")] + shelved.name
    }

    func shown(of collection: Int) -> [Int] {
        collections[collection].snapshots.filter { snapshots[$0].isShown }
    }

    /// Those that have a snapshot which is there.
    var shownCollections: [Int] { collections.indices.filter { !shown(of: $0).isEmpty } }

    /// When the newest of them was finished, in nanoseconds since 1970.
    func newestTime(of places: [Int]) -> Int64 { places.map { snapshots[$0].summary.finished }.max() ?? 0 }

    private mutating func place(of title: String) -> Int {
        if let place = collections.firstIndex(where: { $0.title == title }) { return place }
        var name = Self.folderName(title)
        while collections.contains(where: { $0.name == name }) { name.append(UInt8(ascii: "_")) }
        collections.append(Collection(title: title, name: name))
        return collections.count - 1
    }

    /// The collection's name, with `_` for what no folder's name may hold.
    private static func folderName(_ title: String) -> [UInt8] {
        let name = title.utf8.map { $0 == 0 || $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        let isDots = name.allSatisfy { $0 == UInt8(ascii: ".") } && name.count <= 2
        return isDots ? Array(repeating: UInt8(ascii: "_"), count: max(name.count, 1)) : name
    }
}
