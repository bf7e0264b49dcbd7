internal import Synchronization
internal import Threads
internal import Vault

/// Reads files and turns what is new in them into packs on their way to the replicas.
///
/// One thread (the scan) puts files in; as many threads as there are cores read, seal and hash; the packs go
/// out side by side. Every stage waits for the next when that is behind, so memory is bounded by the buffers.
final class PackPipeline: Sendable {
    /// A chunk of a file that is to be read.
    struct Part {
        let file: FileRead
        let index: Int
    }

    enum Step {
        case read([Part])
        case flush(Int)
    }

    private struct Queue {
        var files: [(file: FileRead, nextPart: Int)] = []
        var head = 0
        var flushNumber = 0
        var isEnded = false
        var runningWorkers = 0
        /// Files put in that have not ended.
        var unendedFileCount = 0
        /// Counts what the scan may wait for: packs closed.
        var eventCount = 0
        var failure: (any Error)?

        var waitingFileCount: Int { files.count - head }

        /// Takes the next part; nil when nothing waits.
        mutating func takePart() -> Part? {
            guard head < files.count else { return nil }
            let (file, index) = files[head]
            if index + 1 < file.partCount {
                files[head].nextPart += 1
            } else {
                head += 1
                if head == files.count || head >= PackPipeline.queueLimit {
                    files.removeFirst(head)
                    head = 0
                }
            }
            return Part(file: file, index: index)
        }

        /// The next part, and others with it while they are small: what passes from thread to thread one by one
        /// costs more than reading it.
        mutating func takeParts() -> [Part] {
            var parts: [Part] = []
            var byteCount = 0
            while parts.count < PackPipeline.batchCount, byteCount < PackPipeline.batchByteCount,
                let part = takePart()
            {
                parts.append(part)
                byteCount += part.file.partByteCount
            }
            return parts
        }
    }

    /// How many files the scan puts in at once, and a worker takes, if they are small.
    static let batchCount = 32
    private static let batchByteCount = 256 << 10

    /// Files that wait to be read; each may hold a folder open.
    private static let queueLimit = 128

    private static let threadPatience = Duration.seconds(10)

    let vault: OpenVault
    let progress: RunProgress
    let content = ContentIndex()
    let uploader: PackUploader
    let memory: PackMemory
    private let queue = Monitor(Queue())
    private let databases = Mutex<DatabaseFiller?>(nil)

    /// Lent to a mutex, under which alone it is used.
    private struct DatabaseFiller: @unchecked Sendable {
        let filler: PackFiller
    }

    /// - Parameter workerCount: threads that read and seal.
    init(vault: OpenVault, progress: RunProgress, workerCount: Int) {
        self.vault = vault
        self.progress = progress
        // Each worker fills one, databases and pages fill one each, and two are on their way: more, as long as
        // there are no databases, and pages are few.
        memory = PackMemory(limit: workerCount + 4)
        uploader = PackUploader(vault: vault, content: content, progress: progress)
        queue.update { $0.runningWorkers = workerCount }
        for number in 1...workerCount {
            do {
                try startThread(
                    stackByteCount: 1 << 20, patience: number == 1 ? Self.threadPatience : .zero
                ) { [self] in runWorker() }
            } catch {
                // Fewer do the same work; without any, there is nothing to wait for.
                queue.update { queue in
                    queue.runningWorkers = number - 1
                    if number == 1 { queue.failure = error }
                }
                return
            }
        }
    }

    private func runWorker() {
        do {
            try PackWorker(pipeline: self).run()
        } catch {
            stop(error)
        }
        queue.update { queue in
            queue.runningWorkers -= 1
            queue.eventCount += 1
        }
    }

    // MARK: - For the scan

    /// Puts files in; waits while too many are waiting, and calls `onPackClosed` whenever a pack is closed meanwhile.
    /// Throws what ended the run.
    func submit(_ files: [FileRead], onPackClosed: () throws -> Void = {}) throws {
        guard !files.isEmpty else { return }
        while true {
            let closed = closedPackCount
            let areIn = try queue.wait { queue -> Bool? in
                if let failure = queue.failure { throw failure }
                guard queue.waitingFileCount < Self.queueLimit else {
                    return queue.eventCount > closed ? false : nil
                }
                queue.files += files.map { ($0, 0) }
                queue.unendedFileCount += files.count
                return true
            }
            if areIn { return }
            try onPackClosed()
        }
    }

    /// Throws what ended the run, if anything has.
    func checkRunning() throws {
        if let failure = queue.update({ $0.failure }) { throw failure }
    }

    /// How many packs were closed so far.
    var closedPackCount: Int { queue.update { $0.eventCount } }

    /// Waits until more than `count` packs were closed. When there is nothing left to read, packs that are only
    /// partly filled are closed: it is them that is waited for.
    func waitForPacks(beyond count: Int) throws {
        let isIdle = try queue.wait { queue in
            if let failure = queue.failure { throw failure }
            if queue.eventCount > count { return false }
            return queue.unendedFileCount == 0 ? true : nil
        }
        guard isIdle else { return }
        try flushDatabases()
        queue.update { $0.flushNumber += 1 }
        try queue.wait { queue in
            if let failure = queue.failure { throw failure }
            return queue.eventCount > count ? () : nil
        }
    }

    /// Waits until every file that was put in has ended, and calls `onPackClosed` whenever a pack is closed.
    func waitForFiles(onPackClosed: () throws -> Void) throws {
        while true {
            let closed = closedPackCount
            let haveEnded = try queue.wait { queue -> Bool? in
                if let failure = queue.failure { throw failure }
                if queue.unendedFileCount == 0 { return true }
                return queue.eventCount > closed ? false : nil
            }
            if haveEnded { return }
            try onPackClosed()
        }
    }

    /// Ends the queue and waits until all that was put in is read, sealed and in a closed pack.
    func finishReading() throws {
        queue.update { $0.isEnded = true }
        try queue.wait { queue in
            if let failure = queue.failure, queue.runningWorkers == 0 { throw failure }
            return queue.runningWorkers == 0 ? () : nil
        }
        try flushDatabases()
    }

    /// Ends everything early; all threads return, and the scan is told `error`.
    ///
    /// - Returns: what ended the run first; a later error, as of memory that is lent no more, follows from that.
    @discardableResult
    func stop(_ error: any Error) -> any Error {
        let first = queue.update { queue in
            let first = queue.failure ?? error
            queue.failure = first
            queue.isEnded = true
            queue.files = []
            queue.head = 0
            queue.eventCount += 1
            return first
        }
        memory.close()
        uploader.stop()
        return first
    }

    /// Waits until all threads have returned and nothing is on its way.
    func waitForEnd() {
        queue.wait { $0.runningWorkers == 0 ? () : nil }
        uploader.waitUntilIdle()
    }

    // MARK: - For the workers

    /// The next thing to do, or nil at the end. A flush is due once for each number.
    func nextStep(afterFlush flushed: Int) -> Step? {
        let step: Step?? = queue.wait { queue in
            if queue.failure != nil { return .some(nil) }
            if queue.flushNumber > flushed { return .flush(queue.flushNumber) }
            let parts = queue.takeParts()
            if parts.isEmpty { return queue.isEnded ? .some(nil) : nil }
            return .read(parts)
        }
        return step ?? nil
    }

    func filesEnded(_ count: Int) {
        if count > 0 { queue.update { $0.unendedFileCount -= count } }
    }

    func packClosed() { queue.update { $0.eventCount += 1 } }

    /// Databases go into packs of their own, which all workers share: they are few.
    func sealDatabaseChunk(
        _ plaintext: UnsafeRawBufferPointer, as chunk: PendingChunk, compressor: Compressor?
    ) throws {
        try databases.withLock { databases in
            let filler = databases ?? DatabaseFiller(filler: PackFiller(pipeline: self))
            databases = filler
            try filler.filler.add(plaintext, as: chunk, compressor: compressor)
        }
    }

    private func flushDatabases() throws {
        try databases.withLock { try $0?.filler.close() }
    }
}
