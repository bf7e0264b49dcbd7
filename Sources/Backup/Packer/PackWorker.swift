internal import Crypto
internal import ObjectStore
internal import Vault

/// One thread that reads chunks, makes their ids, and seals those that are new into a pack of its own.
///
/// Reading, the id, the seal and the pack's hash run over pieces that stay in the cache; a pack goes from here
/// to the sockets without a copy.
final class PackWorker {
    private let pipeline: PackPipeline
    private let compressor = Compressor()
    private let metadata = MetadataReader()
    private let catalog: ChunkIndex
    private var mac: HMACSHA256
    private let buffer: UnsafeMutableRawBufferPointer
    private let photos: PackFiller

    init(pipeline: PackPipeline) throws {
        self.pipeline = pipeline
        catalog = try ChunkIndex(catalog: pipeline.vault.catalog, keys: pipeline.vault.keys)
        mac = HMACSHA256(key: pipeline.vault.keys.contentKey)
        buffer = .allocate(byteCount: Format.chunkByteCount, alignment: 4096)
        photos = PackFiller(pipeline: pipeline)
    }

    deinit { buffer.deallocate() }

    /// Works until the queue ends, then closes the last pack.
    func run() throws {
        var flushed = 0
        while let step = pipeline.nextStep(afterFlush: flushed) {
            switch step {
            case .read(let parts):
                var endedCount = 0
                for part in parts where try read(part) { endedCount += 1 }
                pipeline.filesEnded(endedCount)
            case .flush(let number):
                try photos.close()
                pipeline.packClosed()
                flushed = number
            }
        }
        try photos.close()
    }

    /// Whether the file has ended with this part.
    private func read(_ part: PackPipeline.Part) throws -> Bool {
        let file = part.file
        let (byteCount, hasEnded) = try file.readPart(part.index, into: buffer, metadata: metadata) {
            plaintext in
            mac.update(plaintext)
            switch try pipeline.content.find(mac.finalize(), in: catalog) {
            case .known(let chunk): return chunk
            case .claimed(let chunk):
                try seal(plaintext, as: chunk, kind: file.kind)
                return chunk
            }
        }
        pipeline.progress.read(byteCount: byteCount)
        // One that changed meanwhile is read once more, and counts then.
        if hasEnded, file.outcome?.isChange != true { pipeline.progress.ended(files: 1) }
        return hasEnded
    }

    private func seal(_ plaintext: UnsafeRawBufferPointer, as chunk: PendingChunk, kind: ContentKind) throws {
        let compressor = kind == .compressed ? nil : compressor
        if kind == .database {
            try pipeline.sealDatabaseChunk(plaintext, as: chunk, compressor: compressor)
        } else {
            try photos.add(plaintext, as: chunk, compressor: compressor)
        }
    }
}

/// Fills packs with content, one after the other, and hands each over when it is full.
final class PackFiller {
    private let pipeline: PackPipeline
    private var writer: PackWriter?
    private var open = OpenPack()
    private var chunks: [(chunk: PendingChunk, place: SealedPlace)] = []

    init(pipeline: PackPipeline) { self.pipeline = pipeline }

    func add(_ plaintext: UnsafeRawBufferPointer, as chunk: PendingChunk, compressor: Compressor?) throws {
        if writer == nil {
            guard let memory = pipeline.memory.lend() else { throw CancellationError() }
            writer = PackWriter(vault: pipeline.vault.id, bytes: memory)
        }
        guard let writer else { return }
        let place = writer.append(plaintext, role: .content, compressor: compressor)
        chunk.resolve(in: open, at: place)
        chunks.append((chunk, place))
        if writer.isFull { try close() }
    }

    /// Hands the pack over, if there is anything in it.
    func close() throws {
        guard let writer else { return }
        let (digest, bytes) = writer.finish()
        let references = chunks.map { Reference(pack: digest, place: $0.place, chunkID: $0.chunk.id) }
        self.writer = nil
        chunks.removeAll(keepingCapacity: true)
        try pipeline.uploader.submit(
            Inventory.Pack(digest: digest, byteCount: bytes.count, isMeta: false), bytes: bytes,
            chunks: references)
        open.close(as: digest)
        open = OpenPack()
        pipeline.packClosed()
    }
}
