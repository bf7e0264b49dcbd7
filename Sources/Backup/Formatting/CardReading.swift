internal import Crypto
internal import Vault

/// A file under a folder that is to be formatted.
struct CardFile: Sendable {
    /// As in a snapshot: it begins with the source's own name.
    let path: EntryPath
    let status: FileStatus
    let content: ContentName
    /// Of its bytes, for `sha256sum`.
    let sha256: SHA256Digest
}

/// Everything under the sources, read once: its content, and what could not be read.
struct CardReading: Sendable {
    private(set) var files: [CardFile] = []
    /// What is there, and is no file whose content is known.
    private(set) var problems: [(EntryPath, String)] = []
    /// What the walk met, to be compared with a later one.
    private var met: [EntryPath: FileStatus] = [:]

    /// Reads every file to its end. Blocks.
    ///
    /// - Throws: `SourceError` where a source is not there, is empty or goes away, `CancellationError`.
    init(_ sources: [SourceRoot], keys: VaultKeys, progress: RunProgress, check: () throws -> Void) throws {
        let metadata = MetadataReader()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Format.chunkByteCount, alignment: 64)
        defer { buffer.deallocate() }
        try Self.walk(sources) { event in
            try check()
            switch event {
            case .item(let item):
                met[item.path] = item.status
                switch item.status.kind {
                case .file:
                    try read(item, keys: keys, buffer, metadata, progress)
                    progress.ended(files: 1)
                case .directory: break
                default: problems.append((item.path, "it is a link, and links are not compared"))
                }
            case .unreadable(let path, let reason, _): problems.append((path, reason))
            case .skipped(let path, let kind): problems.append((path, "a \(kind.name) cannot be backed up"))
            }
        }
    }

    /// What is not as it was when it was read, and what came or went since. Blocks.
    ///
    /// - Throws: `SourceError` where a source is not there any more.
    func changes(in sources: [SourceRoot]) throws -> [(EntryPath, String)] {
        var changes: [(EntryPath, String)] = []
        var left = met
        try Self.walk(sources) { event in
            guard case .item(let item) = event else { return }
            let before = left.removeValue(forKey: item.path)
            // Reading a folder's files may change its times, not those of the files.
            guard item.status.kind != .directory || before?.kind != .directory else { return }
            if let before {
                if !item.status.hasTimes(of: before) {
                    changes.append((item.path, "it has changed meanwhile"))
                }
            } else {
                changes.append((item.path, "it came meanwhile"))
            }
        }
        return changes + left.keys.sorted().map { ($0, "it is gone meanwhile") }
    }

    private static func walk(_ sources: [SourceRoot], _ body: (WalkEvent) throws -> Void) throws {
        var walk = try TreeWalk(roots: sources, excludes: .none)
        while let event = try walk.next() { try body(event) }
    }

    private mutating func read(
        _ item: ScannedItem, keys: VaultKeys, _ buffer: UnsafeMutableRawBufferPointer,
        _ metadata: MetadataReader, _ progress: RunProgress
    ) throws {
        let file = FileRead(item)
        var mac = HMACSHA256(key: keys.contentKey)
        var hash = SHA256()
        for part in 0..<file.partCount {
            let (byteCount, _) = try file.readPart(part, into: buffer, metadata: metadata) { bytes in
                hash.update(bytes)
                mac.update(bytes)
                return PendingChunk(id: mac.finalize())
            }
            progress.read(byteCount: byteCount)
        }
        switch file.outcome {
        case .read(_, let chunks, _):
            files.append(
                CardFile(
                    path: item.path, status: item.status,
                    content: ContentName(size: item.status.size, chunks: chunks.map(\.id)),
                    sha256: hash.finalize()))
        case .unreadable(let reason): problems.append((item.path, reason))
        case .changed: problems.append((item.path, "it changed while it was read"))
        case .vanished, nil: problems.append((item.path, "it went away while it was read"))
        }
    }
}

extension FileStatus {
    /// Inodes do not tell: file systems without any, as cards have, number them anew whenever memory is short.
    fileprivate func hasTimes(of other: FileStatus) -> Bool {
        kind == other.kind && size == other.size && modified == other.modified && changed == other.changed
    }
}
