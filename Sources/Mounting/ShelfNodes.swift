internal import Fuse
internal import Glibc

// The folders of a mount above what snapshots hold.

extension SnapshotShelf {
    static let latestName = Array("latest".utf8)

    /// What is in the mounted folder, or in a collection's; the others are no folders of the shelf.
    func children(of folder: NodeNumber) throws(ErrorNumber) -> [(name: [UInt8], number: NodeNumber)] {
        switch folder {
        case .root: return shownCollections.map { (collections[$0].name, .collection($0)) }
        case .collection(let place) where collections.indices.contains(place):
            let times = shown(of: place).map { (snapshots[$0].name, NodeNumber.snapshot($0)) }
            return (latest(of: place) == nil ? [] : [(Self.latestName, .latest(place))]) + times
        case .latest: throw ErrorNumber(ENOTDIR)
        case .collection, .snapshot, .item: throw ErrorNumber(ESTALE)
        }
    }

    func attributes(
        of number: NodeNumber, _ maker: NodeAttributeMaker
    ) throws(ErrorNumber) -> NodeAttributes {
        guard let node = number.node else { throw ErrorNumber(EOVERFLOW) }
        switch number {
        case .root: return maker.folder(node, time: newestTime(of: shownCollections.flatMap(shown)))
        case .collection(let place) where collections.indices.contains(place):
            return maker.folder(node, time: newestTime(of: shown(of: place)))
        case .latest(let place):
            let latest = try latestSnapshot(of: place)
            return maker.link(node, to: snapshots[latest].name, time: newestTime(of: [latest]))
        case .snapshot(let place) where snapshots.indices.contains(place):
            return maker.folder(node, time: newestTime(of: [place]))
        case .collection, .snapshot, .item: throw ErrorNumber(ESTALE)
        }
    }

    func entries(
        of folder: NodeNumber, after node: NodeID?, limit: Int, _ maker: NodeAttributeMaker
    ) throws(ErrorNumber) -> [FolderEntry] {
        var rest = try children(of: folder)[...]
        if let node { rest = rest.drop { $0.number.node != node }.dropFirst() }
        var entries: [FolderEntry] = []
        for (name, number) in rest.prefix(limit) {
            entries.append(FolderEntry(name: name, attributes: try attributes(of: number, maker)))
        }
        return entries
    }

    /// Where the link to a collection's newest snapshot leads.
    func latestTarget(of collection: Int) throws(ErrorNumber) -> [UInt8] {
        snapshots[try latestSnapshot(of: collection)].name
    }

    private func latestSnapshot(of collection: Int) throws(ErrorNumber) -> Int {
        guard collections.indices.contains(collection), let place = latest(of: collection) else {
            throw ErrorNumber(ENOENT)
        }
        return place
    }
}
