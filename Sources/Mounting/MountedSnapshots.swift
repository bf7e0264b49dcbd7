public import Backup
internal import Crypto
public import Fuse
internal import Glibc
internal import Replicator
internal import Synchronization
internal import Vault

/// A vault's snapshots as a read-only file system: `COLLECTION/SNAPSHOT-TIME/…`, and `COLLECTION/latest`.
///
/// What is read comes from the first replica that has it right, every byte of it authenticated; what none has fails the
/// read with `EIO`, and is warned of. A snapshot's entries are read page by page when somebody looks at them. Nothing is
/// locked and nothing is written into the vault, so a snapshot that is forgotten while it is mounted can be read until a
/// `prune` deletes its packs, days later, and fails from then on.
///
/// A file has its size, times, extended attributes, and its mode without the bits that allow writing. Its owner is, as
/// after a restore, the recorded one where root mounts, and else who mounts, as other users see nothing of it.
///
/// Memory: 64 MiB of content, and 64 MiB of pages, however many files are looked at.
public final class MountedSnapshots: ReadOnlyFileSystem {
    private struct Looks {
        var shelf = SnapshotShelf()
        var last: ContinuousClock.Instant?
        var isGoingOn = false
    }

    /// New snapshots of other machines and other runs are seen after that.
    private static let timeBetweenLooks = Duration.seconds(60)

    private let source: SnapshotSource
    private let selection: SnapshotSelection?
    private let warn: WarningHandler
    private let looks = Mutex(Looks())
    private let trees = LoadingCache<Int, SnapshotTree>(byteLimit: 32 << 20, loadLimit: 4)
    private let pages = LoadingCache<ChunkSource.Place, [Entry]>(byteLimit: 32 << 20, loadLimit: 8)
    private let chunks: ChunkSource
    private let attributes = NodeAttributeMaker()

    /// - Parameters:
    ///   - snapshot: the beginning of a snapshot's hash or its full name, to show that one alone.
    ///   - warn: told of what cannot be read.
    /// - Throws: `SelectionError` where there is no such snapshot, or none at all; `ObjectStoreError` when no replica
    ///   answers.
    public init(
        _ source: SnapshotSource, only snapshot: String? = nil, warn: @escaping WarningHandler
    ) async throws {
        self.source = source
        self.warn = warn
        selection = snapshot.map { SnapshotSelection(collection: "", snapshot: $0) }
        chunks = ChunkSource(source.reader)
        let shown = try await source.list().filter { selection?.isNamed($0.id) ?? true }
        guard !shown.isEmpty else {
            throw SelectionError(
                description: snapshot == nil ? "there is none to show" : "there is no such one",
                hint: "photobackup snapshots shows what there is")
        }
        if let snapshot, selection?.snapshot != nil, shown.count > 1 {
            throw SelectionError(
                description: "\(shown.count) snapshots begin with \(snapshot)", hint: "give more digits")
        }
        looks.withLock { looks in
            looks.shelf.update(shown)
            looks.last = .now
        }
    }

    /// How many snapshots are shown.
    public var snapshotCount: Int {
        let shelf = shelf
        return shelf.shownCollections.reduce(0) { $0 + shelf.shown(of: $1).count }
    }

    // MARK: - ReadOnlyFileSystem

    public func node(named name: [UInt8], in folder: NodeID) async throws(ErrorNumber) -> NodeAttributes {
        switch NodeNumber(folder) {
        case .root:
            let shelf = await currentShelf()
            guard let place = shelf.shownCollections.first(where: { shelf.collections[$0].name == name })
            else {
                throw ErrorNumber(ENOENT)
            }
            return try attributes(of: .collection(place), shelf)
        case .collection(let collection):
            let shelf = await currentShelf()
            if name == Self.latest { return try attributes(of: .latest(collection), shelf) }
            guard let place = shelf.shown(of: collection).first(where: { shelf.snapshots[$0].name == name })
            else {
                throw ErrorNumber(ENOENT)
            }
            return try attributes(of: .snapshot(place), shelf)
        case .snapshot(let snapshot):
            return try await child(name, of: nil, in: snapshot)
        case .item(let snapshot, let place):
            return try await child(name, of: try await item(at: place, in: snapshot).path, in: snapshot)
        case .latest: throw ErrorNumber(ENOTDIR)
        }
    }

    public func attributes(of node: NodeID) async throws(ErrorNumber) -> NodeAttributes {
        let number = NodeNumber(node)
        guard case .item(let snapshot, let place) = number else {
            return try attributes(of: number, await currentShelf())
        }
        return try attributes(of: try await item(at: place, in: snapshot), in: snapshot)
    }

    public func entries(
        of folder: NodeID, after node: NodeID?, limit: Int
    ) async throws(ErrorNumber) -> [FolderEntry] {
        switch NodeNumber(folder) {
        case .root:
            let shelf = await currentShelf()
            return try entries(
                shelf.shownCollections.map { (shelf.collections[$0].name, .collection($0)) }, shelf,
                after: node, limit: limit)
        case .collection(let collection):
            let shelf = await currentShelf()
            let snapshots = shelf.shown(of: collection).map {
                (shelf.snapshots[$0].name, NodeNumber.snapshot($0))
            }
            return try entries(
                [(Self.latest, .latest(collection))] + snapshots, shelf, after: node, limit: limit)
        case .snapshot(let snapshot):
            return try await children(of: nil, in: snapshot, after: node, limit: limit)
        case .item(let snapshot, let place):
            let path = try await item(at: place, in: snapshot).path
            return try await children(of: path, in: snapshot, after: node, limit: limit)
        case .latest: throw ErrorNumber(ENOTDIR)
        }
    }

    public func target(ofLink node: NodeID) async throws(ErrorNumber) -> [UInt8] {
        switch NodeNumber(node) {
        case .latest(let collection): return try latest(of: collection, await currentShelf())
        case .item(let snapshot, let place):
            let item = try await item(at: place, in: snapshot)
            guard let entry = item.entry, entry.kind == .symbolicLink else { throw ErrorNumber(EINVAL) }
            return entry.linkTarget
        case .root, .collection, .snapshot: throw ErrorNumber(EINVAL)
        }
    }

    public func extendedAttributes(
        of node: NodeID
    ) async throws(ErrorNumber) -> [(name: [UInt8], value: [UInt8])] {
        guard case .item(let snapshot, let place) = NodeNumber(node) else { return [] }
        let attributes = try await item(at: place, in: snapshot).entry?.extendedAttributes ?? []
        return attributes.map { ($0.name, $0.value) }
    }

    public func open(_ node: NodeID) async throws(ErrorNumber) -> any ReadableFile {
        guard case .item(let snapshot, let place) = NodeNumber(node) else { throw ErrorNumber(EISDIR) }
        let item = try await item(at: place, in: snapshot)
        guard let entry = item.entry, entry.kind == .file else { throw ErrorNumber(EISDIR) }
        let failure = { @Sendable [self] error in self.failure(error, of: entry.path, in: snapshot) }
        do {
            return try MountedFile(
                entry, try await source.reader.references(of: entry), chunks: chunks, failure: failure)
        } catch {
            throw failure(error)
        }
    }

    // MARK: - Collections and snapshots

    private static let latest = Array("latest".utf8)

    private var shelf: SnapshotShelf { looks.withLock(\.shelf) }

    /// After a look at the replicas, if the last one was a while ago. While that goes on, and where it fails, what was
    /// there before is there still.
    private func currentShelf() async -> SnapshotShelf {
        let isDue = looks.withLock { looks in
            guard !looks.isGoingOn, selection?.snapshot == nil,
                looks.last.map({ $0.duration(to: .now) > Self.timeBetweenLooks }) ?? true
            else { return false }
            looks.isGoingOn = true
            return true
        }
        guard isDue else { return shelf }
        let shown: [SnapshotSummary]?
        do {
            shown = try await source.list()
        } catch {
            shown = nil
            if !Task.isCancelled { warn(Warning(what: "snapshots", why: "new ones are not seen: \(error)")) }
        }
        return looks.withLock { looks in
            if let shown { looks.shelf.update(shown) }
            looks.last = .now
            looks.isGoingOn = false
            return looks.shelf
        }
    }

    private func latest(of collection: Int, _ shelf: SnapshotShelf) throws(ErrorNumber) -> [UInt8] {
        guard shelf.collections.indices.contains(collection), let place = shelf.latest(of: collection) else {
            throw ErrorNumber(ENOENT)
        }
        return shelf.snapshots[place].name
    }

    /// Of all that is no item of a snapshot.
    private func attributes(
        of number: NodeNumber, _ shelf: SnapshotShelf
    ) throws(ErrorNumber) -> NodeAttributes {
        guard let node = number.node else { throw ErrorNumber(EOVERFLOW) }
        switch number {
        case .root:
            let places = shelf.shownCollections.flatMap(shelf.shown)
            return attributes.folder(node, time: shelf.newestTime(of: places))
        case .collection(let place) where shelf.collections.indices.contains(place):
            return attributes.folder(node, time: shelf.newestTime(of: shelf.shown(of: place)))
        case .latest(let place):
            let target = try latest(of: place, shelf)
            return attributes.link(
                node, to: target, time: shelf.newestTime(of: shelf.latest(of: place).map { [$0] } ?? []))
        case .snapshot(let place) where shelf.snapshots.indices.contains(place):
            return attributes.folder(node, time: shelf.newestTime(of: [place]))
        case .collection, .snapshot, .item: throw ErrorNumber(ESTALE)
        }
    }

    private func entries(
        _ named: [(name: [UInt8], number: NodeNumber)], _ shelf: SnapshotShelf, after node: NodeID?,
        limit: Int
    ) throws(ErrorNumber) -> [FolderEntry] {
        var rest = named[...]
        if let node { rest = rest.drop { $0.number.node != node }.dropFirst() }
        var entries: [FolderEntry] = []
        for (name, number) in rest.prefix(limit) {
            entries.append(FolderEntry(name: name, attributes: try attributes(of: number, shelf)))
        }
        return entries
    }

    // MARK: - Items of a snapshot

    private func tree(_ snapshot: Int) async throws -> SnapshotTree {
        let shelf = shelf
        guard shelf.snapshots.indices.contains(snapshot) else { throw ErrorNumber(ESTALE) }
        let summary = shelf.snapshots[snapshot].summary
        // What a reference to a page takes, times those that so many files have.
        let byteCount = summary.fileCount / 1024 * 512
        return try await trees.value(for: snapshot, byteCount: byteCount) { [source, pages] in
            SnapshotTree(try await source.read(summary).pages) { page in
                // As entries its paths and references take a few times the bytes of the page.
                let byteCount = Int(page.reference.plaintextByteCount) * 4
                return try await pages.value(
                    for: ChunkSource.Place(page.reference), byteCount: byteCount,
                    load: { try await source.reader.readPage(page) })
            }
        }
    }

    private func item(
        at place: SnapshotTree.Place, in snapshot: Int
    ) async throws(ErrorNumber) -> SnapshotTree.Item {
        do {
            guard let item = try await tree(snapshot).item(at: place) else { throw ErrorNumber(ESTALE) }
            return item
        } catch {
            throw failure(error, of: nil, in: snapshot)
        }
    }

    private func child(
        _ name: [UInt8], of folder: EntryPath?, in snapshot: Int
    ) async throws(ErrorNumber) -> NodeAttributes {
        do {
            guard let item = try await tree(snapshot).child(name, of: folder) else {
                throw ErrorNumber(ENOENT)
            }
            return try attributes(of: item, in: snapshot)
        } catch {
            throw failure(error, of: folder, in: snapshot)
        }
    }

    private func children(
        of folder: EntryPath?, in snapshot: Int, after node: NodeID?, limit: Int
    ) async throws(ErrorNumber) -> [FolderEntry] {
        do {
            let tree = try await tree(snapshot)
            var last: EntryPath?
            if let node, case .item(_, let place) = NodeNumber(node) {
                last = try await tree.item(at: place)?.path
            }
            return try await tree.children(of: folder, after: last, limit: limit).map { item in
                FolderEntry(name: item.path.name, attributes: try attributes(of: item, in: snapshot))
            }
        } catch {
            throw failure(error, of: folder, in: snapshot)
        }
    }

    private func attributes(
        of item: SnapshotTree.Item, in snapshot: Int
    ) throws(ErrorNumber) -> NodeAttributes {
        guard let node = NodeNumber.item(snapshot: snapshot, item.place).node else {
            throw ErrorNumber(EOVERFLOW)
        }
        guard let entry = item.entry else {
            return attributes.folder(node, time: shelf.newestTime(of: [snapshot]), isLasting: true)
        }
        return attributes.entry(node, entry)
    }

    // MARK: - Failures

    /// What a call fails with: `EINTR` where its caller went away, and else `EIO`, which is warned of.
    private func failure(_ error: any Error, of path: EntryPath?, in snapshot: Int) -> ErrorNumber {
        if let number = error as? ErrorNumber { return number }
        let lost = error as? ReplicaSetError
        if error is CancellationError || lost?.code == .cancelled || Task.isCancelled {
            return ErrorNumber(EINTR)
        }
        let shelf = shelf
        let folder = shelf.snapshots.indices.contains(snapshot) ? shelf.snapshots[snapshot] : nil
        let place = [folder.map { shelf.collections[$0.collection].name }, folder?.name, path?.bytes]
            .compactMap(\.self).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        let why = "cannot be read: \(error)"
        warn(
            Warning(
                what: place,
                why: lost?.code == .notFound
                    ? "\(why); a prune deletes what only forgotten snapshots hold" : why))
        return ErrorNumber(EIO)
    }
}
