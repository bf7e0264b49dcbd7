internal import Glibc
internal import Synchronization
internal import Vault

/// One file that is being read, chunk by chunk, by any thread.
///
/// What was read counts only if the file was the same before and after: its size, modification and change time
/// when it was opened and when its last chunk was read. A file that changed meanwhile is never stored torn.
final class FileRead: Sendable {
    enum Outcome: Sendable {
        /// Everything but the content, and the content's chunks in order. Indirect, since many files wait for their
        /// packs, and an entry is large.
        indirect case read(Entry, [PendingChunk], openedAt: Int64)
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
        let entry: Entry

        init(file: OpenFile, status: FileStatus, time: Int64, entry: Entry) {
            self.file = file
            self.status = status
            self.time = time
            self.entry = entry
        }
    }

    let path: EntryPath
    /// As the walk saw it.
    let status: FileStatus
    let kind: ContentKind
    /// Whether size and times are those of the base, and can be relied on: other content was not written by anybody.
    let isUnwritten: Bool
    private let isRetry: Bool
    private let state: Mutex<State>

    init(_ item: ScannedItem, isUnwritten: Bool = false, isRetry: Bool = false) {
        path = item.path
        status = item.status
        self.isUnwritten = isUnwritten
        self.isRetry = isRetry
        kind = ContentKind(name: item.name)
        let size = kind.chunkByteCount
        let count = (Int(item.status.size) + size - 1) / size
        state = Mutex(
            State(item: Item(item), chunks: Array(repeating: nil, count: count), remaining: max(1, count)))
    }

    /// A file that has changed, as it is now, to be read once more; nil when this was the second time, or it is
    /// gone.
    func again() -> FileRead? {
        guard !isRetry, let item = state.withLock({ $0.item })?.scanned,
            let status = try? item.parent.status(of: item.name), status.kind == .file
        else { return nil }
        let now = ScannedItem(
            path: item.path, status: status, parent: item.parent, name: item.name, directory: nil)
        return FileRead(now, isRetry: true)
    }

    /// How many times `read` has to be called: once for each chunk, and once for an empty file.
    var partCount: Int { max(1, (Int(status.size) + kind.chunkByteCount - 1) / kind.chunkByteCount) }

    /// How many bytes a part has at most.
    var partByteCount: Int { min(Int(status.size), kind.chunkByteCount) }

    /// What became of the file; nil while parts are to be read.
    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// Reads chunk `index` into the start of `buffer` and gives its bytes to `store`, which returns the chunk.
    ///
    /// - Returns: how many bytes were read, and whether the file has ended with this part: true for one call alone.
    /// - Throws: what `store` throws. What is wrong with the file is its outcome.
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
        guard let open = open(metadata: metadata) else { return 0 }
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
    private func open(metadata: MetadataReader) -> OpenFile? {
        state.withLock { state in
            if state.failure != nil { return nil }
            if let opened = state.opened { return opened.file }
            guard let item = state.item?.scanned else { return nil }
            do throws(SystemFailure) {
                let file = try item.openFile()
                let time = Self.now()
                let opened = try file.status()
                guard opened.isSameContent(as: status) else {
                    state.failure = .changed
                    return nil
                }
                state.opened = Opened(
                    file: file, status: opened, time: time, entry: try metadata.entry(for: item, file: file))
                return file
            } catch {
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
            let outcome = Self.outcome(of: state)
            state.outcome = outcome
            state.opened = nil
            state.chunks = []
            if !outcome.isChange { state.item = nil }
            return true
        }
    }

    private static func outcome(of state: State) -> Outcome {
        if let failure = state.failure { return failure }
        let chunks = state.chunks.compactMap { $0 }
        guard let opened = state.opened, chunks.count == state.chunks.count else { return .changed }
        do throws(SystemFailure) {
            guard try opened.file.status().isSameContent(as: opened.status) else { return .changed }
        } catch {
            return .unreadable(error.description)
        }
        return .read(opened.entry, chunks, openedAt: opened.time)
    }

    /// Nanoseconds since 1970, of the clock that file times are taken from.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension FileStatus {
    /// Whether a file of this status has the content that it had with `other`, as far as times can tell.
    func isSameContent(as other: FileStatus) -> Bool {
        kind == other.kind && size == other.size && modified == other.modified && changed == other.changed
            && inode == other.inode
    }
}
