internal import Fuse

/// What a node of a mount is. Its number tells that by itself, so that nothing is kept for a file that was looked at.
enum NodeNumber: Hashable, Sendable {
    case root
    /// A folder that holds a collection's snapshots, by its place on the shelf.
    case collection(Int)
    /// The link to the newest of them.
    case latest(Int)
    /// A snapshot's own folder, by the snapshot's place on the shelf.
    case snapshot(Int)
    case item(snapshot: Int, SnapshotTree.Place)
}

extension NodeNumber {
    // From bit 62 down: 17 of the snapshot, 20 of the page, 18 of the place in the page, 8 of the depth. Without a
    // snapshot, the low bits are the root's 1, or a collection's, from 4 on.
    private static let (snapshotShift, pageShift, indexShift): (UInt64, UInt64, UInt64) = (46, 26, 8)

    /// nil where a vault holds more than the number has room for: 131,000 snapshots, a million pages of a snapshot.
    var node: NodeID? {
        func number(snapshot: Int, page: Int, index: Int, depth: Int) -> NodeID? {
            guard snapshot < (1 << 17) - 1, page < 1 << 20, index < (1 << 18) - 1, depth < 1 << 8 else {
                return nil
            }
            return NodeID(
                rawValue: UInt64(snapshot + 1) << Self.snapshotShift | UInt64(page) << Self.pageShift
                    | UInt64(index + 1) << Self.indexShift | UInt64(depth))
        }
        switch self {
        case .root: return .root
        case .collection(let place): return NodeID(rawValue: UInt64(place + 2) * 2)
        case .latest(let place): return NodeID(rawValue: UInt64(place + 2) * 2 + 1)
        case .snapshot(let place): return number(snapshot: place, page: 0, index: -1, depth: 0)
        case .item(let snapshot, let place):
            return number(snapshot: snapshot, page: place.page, index: place.index, depth: place.depth)
        }
    }

    init(_ node: NodeID) {
        let number = node.rawValue
        let low = number & ((1 << Self.snapshotShift) - 1)
        guard let snapshot = Int(exactly: number >> Self.snapshotShift), snapshot > 0 else {
            if low < 4 {
                self = .root
            } else {
                self = low % 2 == 0 ? .collection(Int(low / 2) - 2) : .latest(Int(low / 2) - 2)
            }
            return
        }
        guard low > 0 else {
            self = .snapshot(snapshot - 1)
            return
        }
        self = .item(
            snapshot: snapshot - 1,
            SnapshotTree.Place(
                page: Int(low >> Self.pageShift), index: Int(low >> Self.indexShift & ((1 << 18) - 1)) - 1,
                depth: Int(low & 0xff)))
    }
}
