public import Backup
public import Fuse
internal import Glibc
internal import Replicator
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
/// Memory: 64 MiB of content, 64 MiB of lists of files, and 12 sealed chunks on their way, however much is looked at.
public final class MountedSnapshots: ReadOnlyFileSystem {
    private let source: SnapshotSource
    private let watch: ShelfWatch
    private let warn: WarningHandler
    private let trees = LoadingCache<Int, SnapshotTree>(byteLimit: 32 << 20, loadLimit: 4)
    private let pages = LoadingCache<ChunkSource.Place, [Entry]>(byteLimit: 32 << 20, loadLimit: 8)
    private let chunks: ChunkSource
    private let chances: SecondChances
    private let maker = NodeAttributeMaker()

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
        chances = SecondChances(source.reader.replicas)
        chunks = ChunkSource(source.reader, chances)
        watch = try await ShelfWatch(source, only: snapshot, warn: warn)
    }

    /// How many snapshots are shown.
    public var snapshotCount: Int { watch.shelf.snapshots.count { $0.isShown } }

    // MARK: - ReadOnlyFileSystem

    public func node(named name: [UInt8], in folder: NodeID) async throws(ErrorNumber) -> NodeAttributes {
        switch NodeNumber(folder) {
        case .snapshot(let snapshot):
            return try await child(name, of: nil, in: snapshot)
        case .item(let snapshot, let place):
            return try await child(name, of: try await item(at: place, in: snapshot).path, in: snapshot)
        case let number:
            let shelf = await watch.current()
            guard let child = try shelf.children(of: number).first(where: { $0.name == name }) else {
                throw ErrorNumber(ENOENT)
            }
            return try shelf.attributes(of: child.number, maker)
        }
    }

    public func attributes(of node: NodeID) async throws(ErrorNumber) -> NodeAttributes {
        switch NodeNumber(node) {
        case .item(let snapshot, let place):
            return try attributes(of: try await item(at: place, in: snapshot), in: snapshot)
        case let number: return try watch.shelf.attributes(of: number, maker)
        }
    }

    public func entries(
        of folder: NodeID, after node: NodeID?, limit: Int
    ) async throws(ErrorNumber) -> [FolderEntry] {
        switch NodeNumber(folder) {
        case .snapshot(let snapshot):
            return try await children(of: nil, in: snapshot, after: node, limit: limit)
        case .item(let snapshot, let place):
            let path = try await item(at: place, in: snapshot).path
            return try await children(of: path, in: snapshot, after: node, limit: limit)
        case let number:
            return try await watch.current().entries(of: number, after: node, limit: limit, maker)
        }
    }

    public func target(ofLink node: NodeID) async throws(ErrorNumber) -> [UInt8] {
        switch NodeNumber(node) {
        case .latest(let collection): return try watch.shelf.latestTarget(of: collection)
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
        guard case .item(let snapshot, let place) = NodeNumber(node),
            let entry = try await item(at: place, in: snapshot).entry, entry.kind == .file
        else { throw ErrorNumber(EISDIR) }
        let failure = { @Sendable [self] error in self.failure(error, of: entry.path, in: snapshot) }
        do {
            return try MountedFile(
                entry, try await source.reader.references(of: entry), chunks: chunks, failure: failure)
        } catch {
            throw failure(error)
        }
    }

    // MARK: - Items of a snapshot

    private func tree(_ snapshot: Int) async throws -> SnapshotTree {
        let shelf = watch.shelf
        guard shelf.snapshots.indices.contains(snapshot) else { throw ErrorNumber(ESTALE) }
        let summary = shelf.snapshots[snapshot].summary
        // About what the references to as many pages take as so many files have.
        let byteCount = summary.fileCount / 2
        return try await trees.value(for: snapshot, byteCount: byteCount) { [source, pages, chances] in
            chances.give()
            return SnapshotTree(try await source.read(summary).pages) { page in
                // As entries its paths and references take a few times the bytes of the page.
                let byteCount = Int(page.reference.plaintextByteCount) * 4
                return try await pages.value(for: ChunkSource.Place(page.reference), byteCount: byteCount) {
                    chances.give()
                    return try await source.reader.readPage(page)
                }
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
            return maker.folder(node, time: watch.shelf.newestTime(of: [snapshot]), isLasting: true)
        }
        return maker.entry(node, entry)
    }

    // MARK: - Failures

    /// What a call fails with: `EINTR` where its caller went away, and else `EIO`, which is warned of.
    private func failure(_ error: any Error, of path: EntryPath?, in snapshot: Int) -> ErrorNumber {
        if let number = error as? ErrorNumber { return number }
        if error is CancellationError || Task.isCancelled { return ErrorNumber(EINTR) }
        let place = watch.shelf.folder(of: snapshot) + (path.map { [UInt8(ascii: "/")] + $0.bytes } ?? [])
        let isLost = (error as? ReplicaSetError)?.code == .notFound
        warn(
            Warning(
                what: String(decoding: place, as: UTF8.self),
                why: "cannot be read: \(error)"
                    + (isLost ? "; a prune deletes what only forgotten snapshots hold" : "")))
        return ErrorNumber(EIO)
    }
}
