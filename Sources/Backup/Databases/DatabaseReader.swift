internal import Crypto
internal import Glibc
internal import Vault

/// Reads databases that other programs may be writing to, on the scan's thread: again until nothing has moved meanwhile,
/// for a bounded time. Nothing is locked, written or opened with SQLite in a source folder.
///
/// Nothing is sealed before it is known to belong to one moment, so that a database which never holds still costs reading
/// and no room in the vault.
final class DatabaseReader {
    /// What is kept in memory between reading and sealing; of larger ones, the main file is read once more.
    private static let memoryByteCount = 32 << 20
    private static let fewestReadings = 4
    private static let longestPause = Duration.milliseconds(1_600)

    static let busy = "it was written to each time it was read"

    private enum Reading {
        case done([DatabaseRead.Outcome])
        case moved
        /// What it gave is what the files held, if the next reading gives the same.
        case unproved([[SHA256Digest]])
    }

    /// A member while it is read.
    private struct Part {
        let member: DatabaseRead.Member
        let file: OpenFile
        let status: FileStatus
        var ids: [SHA256Digest] = []
        /// Where it is in memory; nil if it is to be read again.
        var place: Int?

        var chunkByteCount: Int { member.kind.chunkByteCount }
        var chunkCount: Int { (Int(status.size) + chunkByteCount - 1) / chunkByteCount }
        func range(of chunk: Int) -> Range<Int> {
            chunk * chunkByteCount..<min(Int(status.size), (chunk + 1) * chunkByteCount)
        }
    }

    /// It is not as it was a moment ago.
    private struct MovedError: Error {}

    private let pipeline: PackPipeline
    private let patience: Duration
    private let catalog: ChunkIndex
    private let compressor = Compressor()
    private let metadata = MetadataReader()
    private var mac: HMACSHA256
    private let buffer: UnsafeMutableRawBufferPointer
    private let memory: UnsafeMutableRawBufferPointer

    /// - Parameter patience: no reading is begun later than this after the first, but for `fewestReadings`.
    init(pipeline: PackPipeline, patience: Duration) throws {
        self.pipeline = pipeline
        self.patience = patience
        catalog = try ChunkIndex(catalog: pipeline.vault.catalog, keys: pipeline.vault.keys)
        mac = HMACSHA256(key: pipeline.vault.keys.contentKey)
        buffer = .allocate(byteCount: Format.chunkByteCount, alignment: 4096)
        memory = .allocate(byteCount: Self.memoryByteCount, alignment: 4096)
    }

    deinit {
        buffer.deallocate()
        memory.deallocate()
    }

    /// Reads it, and ends it with what came of that. Blocks.
    ///
    /// - Throws: what ended the run; `SourceError` with `.scarcity`.
    func read(_ database: DatabaseRead) throws {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(50)
        var before: [[SHA256Digest]]?
        var readings = 0
        while readings < Self.fewestReadings || ContinuousClock.now - start < patience {
            if readings > 0 {
                try wait(pause)
                pause = min(pause * 2, Self.longestPause)
            }
            readings += 1
            do {
                switch try reading(of: database, before: before) {
                case .done(let outcomes): return end(database, outcomes)
                case .moved: before = nil
                case .unproved(let ids): before = ids
                }
            } catch is MovedError {
                before = nil
            } catch let failure as SystemFailure {
                let path = displayed(database.members[0].path)
                if failure.isScarcity { throw SourceError.scarcity(path, failure) }
                return hold(database, failure.description)
            }
        }
        hold(database, Self.busy)
    }

    private func hold(_ database: DatabaseRead, _ reason: String) {
        end(database, database.members.map { .held($0.log == nil ? reason : nil) })
    }

    private func end(_ database: DatabaseRead, _ outcomes: [DatabaseRead.Outcome]) {
        database.end(with: outcomes)
        pipeline.progress.ended(files: database.members.count { $0.status != nil })
    }

    /// Sleeps, and wakes when the run is stopped.
    private func wait(_ duration: Duration) throws {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            try pipeline.checkRunning()
            usleep(20_000)
        }
    }

    // MARK: - One reading

    private func reading(of database: DatabaseRead, before: [[SHA256Digest]]?) throws -> Reading {
        var moment = try DatabaseMoment(of: database)
        let settlingTime = moment.settlingTime
        if let settlingTime {
            try wait(settlingTime)
            let later = try DatabaseMoment(of: database)
            guard moment.holds(until: later) else { return .moved }
            moment = later
        }
        guard moment.statuses[0] != nil else {
            return .done(database.members.map { _ in .absent })
        }
        let openedAt = FileRead.now()
        var parts = try open(database, at: moment)
        // What nobody has open is sealed as it is read: the first reading of nearly every database is its last.
        let isQuiet = settlingTime == nil && parts.count == 1
        var chunks = try parts.indices.map { try readChunks(of: &parts[$0], isSealed: isQuiet) }
        let ids = parts.map(\.ids)
        guard moment.holds(until: try DatabaseMoment(of: database)) || ids == before else {
            return .unproved(ids)
        }
        if !isQuiet { chunks = try parts.map(seal) }
        var outcomes = database.members.map { _ in DatabaseRead.Outcome.absent }
        for (index, part) in parts.enumerated() {
            let reading = metadata.read(part.member.path, part.file, part.status)
            let place = database.members.firstIndex { $0.log == part.member.log }!
            outcomes[place] = .read(
                reading.entry, chunks[index], openedAt: openedAt, missing: reading.missing)
        }
        return .done(outcomes)
    }

    /// Opens what was there at that moment, the smallest first into memory: it is the logs that move.
    private func open(_ database: DatabaseRead, at moment: DatabaseMoment) throws -> [Part] {
        var parts: [Part] = []
        for (member, status) in zip(database.members, moment.statuses) {
            guard let status else { continue }
            let file: OpenFile
            do throws(SystemFailure) {
                file = try OpenFile(member.name, in: database.folder)
            } catch {
                if [ENOENT, EINVAL, ELOOP].contains(error.number) { throw MovedError() }
                throw error
            }
            guard try file.status().inode == status.inode else { throw MovedError() }
            parts.append(Part(member: member, file: file, status: status))
        }
        var used = 0
        for index in parts.indices.sorted(by: { parts[$0].status.size < parts[$1].status.size }) {
            guard used + Int(parts[index].status.size) <= Self.memoryByteCount else { break }
            parts[index].place = used
            used += Int(parts[index].status.size)
        }
        return parts
    }

    /// Makes the ids of a part's chunks, and leaves its bytes in memory where it has a place there.
    ///
    /// - Returns: the chunks, if they are sealed at once.
    private func readChunks(of part: inout Part, isSealed: Bool) throws -> [PendingChunk] {
        var chunks: [PendingChunk] = []
        for number in 0..<part.chunkCount {
            try pipeline.checkRunning()
            let bytes = try read(part, part.range(of: number), isKept: true)
            mac.update(bytes)
            part.ids.append(mac.finalize())
            pipeline.progress.read(byteCount: bytes.count)
            if isSealed { chunks.append(try chunk(bytes, part.ids[number], part.member.kind)) }
        }
        return chunks
    }

    /// Seals what is new of a part whose ids are known. Throws `MovedError` where it is read once more, and is not the same.
    private func seal(_ part: Part) throws -> [PendingChunk] {
        try part.ids.enumerated().map { number, id in
            try pipeline.checkRunning()
            let range = part.range(of: number)
            if let place = part.place {
                let kept = memory[(place + range.lowerBound)..<(place + range.upperBound)]
                return try chunk(UnsafeRawBufferPointer(rebasing: kept), id, part.member.kind)
            }
            let bytes = try read(part, range, isKept: false)
            mac.update(bytes)
            guard mac.finalize() == id else { throw MovedError() }
            return try chunk(bytes, id, part.member.kind)
        }
    }

    private func read(_ part: Part, _ range: Range<Int>, isKept: Bool) throws -> UnsafeRawBufferPointer {
        let start = isKept ? part.place : nil
        let piece =
            if let start {
                memory[(start + range.lowerBound)..<(start + range.upperBound)]
            } else {
                buffer[..<range.count]
            }
        let room = UnsafeMutableRawBufferPointer(rebasing: piece)
        guard try part.file.read(into: room, at: UInt64(range.lowerBound)) == range.count else {
            throw MovedError()
        }
        return UnsafeRawBufferPointer(room)
    }

    private func chunk(
        _ bytes: UnsafeRawBufferPointer, _ id: SHA256Digest, _ kind: ContentKind
    ) throws -> PendingChunk {
        switch try pipeline.content.find(id, in: catalog) {
        case .known(let chunk): return chunk
        case .claimed(let chunk):
            try pipeline.sealDatabaseChunk(
                bytes, as: chunk, compressor: kind == .compressed ? nil : compressor)
            return chunk
        }
    }
}
