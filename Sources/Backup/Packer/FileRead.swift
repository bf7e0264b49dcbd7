internal import Crypto
internal import Glibc
internal import ObjectStore
internal import Synchronization
internal import Vault

/// One file that is being read, chunk by chunk, by any thread.
///
/// What was read counts only if it is what the file held at one moment: its size, modification and change time were the
/// same when it was opened and when its last chunk was read, or two readings, one after the other, gave the same bytes.
/// A file that changed meanwhile is never stored torn.
final class FileRead: Sendable {
    enum Outcome: Sendable {
        /// Everything but the content, and the content's chunks in order. Indirect, since many files wait for their
        /// packs, and an entry is large.
        indirect case read(Entry, [PendingChunk], openedAt: Int64, missing: MissingAttributes?)
        /// It was there when the folder was listed, and is no more.
        case vanished
        case changed
        case unreadable(String)

        var isChange: Bool { if case .changed = self { true } else { false } }
    }

    private struct State {
        /// As the walk met it, until the file has ended: it holds the folder open, and many files wait for their packs.
        var item: Item?
        var opened: Opened?
        var chunks: [PendingChunk?]
        var remaining: Int
        var failure: Outcome?
        var outcome: Outcome?
        /// Its size and times are not those that the walk saw.
        var hasMoved = false
    }

    private final class Item: Sendable {
        let scanned: ScannedItem

        init(_ scanned: ScannedItem) { self.scanned = scanned }
    }

    /// The file while it is read, and what it was when it was opened.
    private final class Opened: Sendable {
        let file: OpenFile
        let status: FileStatus
        /// In nanoseconds since 1970.
        let time: Int64
        let metadata: MetadataReader.Reading

        init(file: OpenFile, status: FileStatus, time: Int64, metadata: MetadataReader.Reading) {
            self.file = file
            self.status = status
            self.time = time
            self.metadata = metadata
        }
    }

    /// How many times a file is read that does not stay as it is.
    private static let readingLimit = 3

    let path: EntryPath
    /// As the walk saw it.
    let status: FileStatus
    let kind: ContentKind
    /// Whether it is made anew from another file whatever is in it, so that it does not matter which moment is stored.
    let isDerived: Bool
    private let wasUnwritten: Bool
    private let readingNumber: Int
    /// The chunks that the reading before gave, where it came to its end.
    private let chunksBefore: [SHA256Digest]?
    private let state: Mutex<State>

    /// - Parameter isUnwritten: whether size and times are those of the base, and can be relied on.
    convenience init(_ item: ScannedItem, isUnwritten: Bool = false, isDerived: Bool = false) {
        self.init(
            item, isUnwritten: isUnwritten, isDerived: isDerived, readingNumber: 1, chunksBefore: nil)
    }

    private init(
        _ item: ScannedItem, isUnwritten: Bool, isDerived: Bool, readingNumber: Int,
        chunksBefore: [SHA256Digest]?
    ) {
        path = item.path
        self.isDerived = isDerived
        status = item.status
        wasUnwritten = isUnwritten
        self.readingNumber = readingNumber
        self.chunksBefore = chunksBefore
        kind = ContentKind(name: item.name)
        let isTooLarge = item.status.size > FileStatus.greatestByteCount
        let count = isTooLarge ? 0 : Self.partCount(of: item.status, kind)
        var state = State(
            item: Item(item), chunks: Array(repeating: nil, count: count), remaining: max(1, count))
        if isTooLarge { state.failure = .unreadable("it is larger than 16 TiB, the most of one file") }
        self.state = Mutex(state)
    }

    /// Whether other content than the base's was not written by anybody: size and times are those of the base, and were
    /// still when the file was opened.
    var isUnwritten: Bool { wasUnwritten && !state.withLock { $0.hasMoved } }

    /// A file that has changed, as it is now, to be read once more; nil when that was done often enough, or it is gone.
    func again() -> FileRead? {
        let (item, chunks) = state.withLock { ($0.item?.scanned, $0.chunks.compactMap { $0?.id }) }
        guard readingNumber < Self.readingLimit, let item,
            let status = try? item.parent.status(of: item.name), status.kind == .file
        else { return nil }
        let now = ScannedItem(
            path: item.path, status: status, parent: item.parent, name: item.name, directory: nil)
        let isComparable = status.size == self.status.size && chunks.count == partCountOfContent
        return FileRead(
            now, isUnwritten: false, isDerived: isDerived, readingNumber: readingNumber + 1,
            chunksBefore: isComparable ? chunks : nil)
    }

    private static func partCount(of status: FileStatus, _ kind: ContentKind) -> Int {
        (Int(status.size) + kind.chunkByteCount - 1) / kind.chunkByteCount
    }

    private var partCountOfContent: Int {
        status.size > FileStatus.greatestByteCount ? 0 : Self.partCount(of: status, kind)
    }

    /// How many times `read` has to be called: once for each chunk, and once for an empty file.
    var partCount: Int { max(1, partCountOfContent) }

    /// How many bytes a part has at most.
    var partByteCount: Int { min(Int(status.size), kind.chunkByteCount) }

    /// What became of the file; nil while parts are to be read.
    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Reads chunk `index` into the start of `buffer` and gives its bytes to `store`, which returns the chunk.
    ///
    /// - Returns: how many bytes were read, and whether the file has ended with this part: true for one call alone.
    /// - Throws: what `store` throws, and `SourceError` with `.scarcity`. What is wrong with the file is its outcome.
    func readPart(
        _ index: Int, into buffer: UnsafeMutableRawBufferPointer, metadata: MetadataReader,
        store: (UnsafeRawBufferPointer) throws -> PendingChunk
    ) throws -> (byteCount: Int, hasEnded: Bool) {
        let byteCount: Int
        do {
            byteCount = try readChunk(index, into: buffer, metadata: metadata, store: store)
        } catch {
            finishPart()
            throw error
        }
        return (byteCount, finishPart())
    }

    private func readChunk(
        _ index: Int, into buffer: UnsafeMutableRawBufferPointer, metadata: MetadataReader,
        store: (UnsafeRawBufferPointer) throws -> PendingChunk
    ) throws -> Int {
        var byteCount = 0
        guard let open = try open(metadata: metadata) else { return 0 }
        let offset = index * kind.chunkByteCount
        let wanted = min(kind.chunkByteCount, Int(status.size) - offset)
        if wanted > 0 {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            do throws(SystemFailure) {
                byteCount = try open.read(into: piece, at: UInt64(offset))
            } catch {
                fail(.unreadable(error.description))
                return 0
            }
            guard byteCount == wanted else {
                fail(.changed)
                return byteCount
            }
            let chunk = try store(UnsafeRawBufferPointer(piece))
            state.withLock { $0.chunks[index] = chunk }
        }
        return byteCount
    }

    /// The open file; nil when it has failed. The first part opens it.
    private func open(metadata: MetadataReader) throws(SourceError) -> OpenFile? {
        try state.withLock { (state) throws(SourceError) in
            if state.failure != nil { return nil }
            if let opened = state.opened { return opened.file }
            guard let item = state.item?.scanned else { return nil }
            do throws(SystemFailure) {
                let file = try item.openFile()
                let time = Self.now()
                let opened = try file.status()
                // Other times than the walk saw are those of the content that is read now. Another size makes other parts.
                guard opened.size == status.size else {
                    state.failure = .changed
                    return nil
                }
                state.hasMoved = !opened.isSameContent(as: status)
                state.opened = Opened(
                    file: file, status: opened, time: time, metadata: metadata.read(path, file, opened))
                return file
            } catch {
                if error.isScarcity { throw SourceError.scarcity(displayed(path), error) }
                state.failure = error.number == ENOENT ? .vanished : .unreadable(error.description)
                return nil
            }
        }
    }

    private func fail(_ outcome: Outcome) {
        state.withLock { if $0.failure == nil { $0.failure = outcome } }
    }

    /// The last part to end decides on the outcome, and closes file and folder; true for it.
    @discardableResult
    private func finishPart() -> Bool {
        state.withLock { state in
            state.remaining -= 1
            guard state.remaining == 0 else { return false }
            let outcome = outcome(of: state)
            state.outcome = outcome
            state.opened = nil
            if !outcome.isChange {
                state.chunks = []
                state.item = nil
            }
            return true
        }
    }

    private func outcome(of state: State) -> Outcome {
        if let failure = state.failure { return failure }
        let chunks = state.chunks.compactMap { $0 }
        guard let opened = state.opened, chunks.count == state.chunks.count else { return .changed }
        do throws(SystemFailure) {
            let now = try opened.file.status()
            guard
                isDerived || now.isSameContent(as: opened.status)
                    || (now.size == opened.status.size && chunks.map(\.id) == chunksBefore)
            else { return .changed }
        } catch {
            return .unreadable(error.description)
        }
        return .read(
            opened.metadata.entry, chunks, openedAt: opened.time, missing: opened.metadata.missing)
    }

    /// Nanoseconds since 1970, of the clock that file times are taken from.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return UTCTime.nanoseconds(ofSeconds: Int64(time.tv_sec)).heldSum(Int64(time.tv_nsec))
    }
}

extension FileStatus {
    /// Whether a file of this status has the content that it had with `other`, as far as times can tell.
    func isSameContent(as other: FileStatus) -> Bool {
        kind == other.kind && size == other.size && modified == other.modified && changed == other.changed
            && inode == other.inode
    }
}
