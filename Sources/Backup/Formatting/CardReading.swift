internal import Crypto
internal import Vault

/// A file under a folder that is to be formatted.
struct CardFile: Sendable {
    /// It begins with the number of the path that it is under.
    let path: EntryPath
    let status: FileStatus
    let content: ContentName
    /// Of its bytes, for `sha256sum`.
    let sha256: SHA256Digest
}

/// Everything under some paths, read once: its content, and what could not be read.
struct CardReading: Sendable {
    /// Each has its number for a name: two cards may well have folders of one name.
    private let sources: [SourceRoot]
    private let own: OwnPlaces
    private(set) var files: [CardFile] = []
    /// What is there, and is no file whose content is known.
    private(set) var problems: [(EntryPath, String)] = []
    /// What the walk met, to be compared with a later one.
    private var met: [EntryPath: FileStatus] = [:]

    /// Reads every file to its end. Blocks.
    ///
    /// - Throws: `SourceError` where a path is not there, is empty or goes away, `CancellationError`.
    init(
        _ paths: [String], keys: VaultKeys, own: OwnPlaces = .none, progress: RunProgress,
        check: () throws -> Void
    )
        throws
    {
        sources = paths.enumerated().map { SourceRoot(path: $1, label: Array("\($0)".utf8)) }
        let metadata = MetadataReader()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Format.chunkByteCount, alignment: 64)
        defer { buffer.deallocate() }
        self.own = own
        try Self.walk(sources, own) { event in
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
            case .own(let path, let what, _):
                problems.append((path, "it is \(what), which no snapshot holds"))
            // It has no content that could be lost.
            case .skipped: break
            }
        }
    }

    /// What is not as it was when it was read, and what came or went since. Blocks.
    ///
    /// - Throws: `SourceError` where a path is not there any more.
    func changes() throws -> [(EntryPath, String)] {
        var changes: [(EntryPath, String)] = []
        var left = met
        try Self.walk(sources, own) { event in
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

    /// What a file is called outside.
    func place(of path: EntryPath) -> [UInt8] {
        let number = path.bytes.prefix { $0 != UInt8(ascii: "/") }
        let source = sources.first { $0.label.map { $0[...] } == number }
        return Array((source?.path ?? "").utf8) + path.bytes.dropFirst(number.count)
    }

    private static func walk(
        _ sources: [SourceRoot], _ own: OwnPlaces, _ body: (WalkEvent) throws -> Void
    ) throws {
        var walk = try TreeWalk(roots: sources, excludes: .none, own: own)
        while let event = try walk.next() { try body(event) }
    }

    private mutating func read(
        _ item: ScannedItem, keys: VaultKeys, _ buffer: UnsafeMutableRawBufferPointer,
        _ metadata: MetadataReader, _ progress: RunProgress
    ) throws {
        var file = FileRead(item)
        var sha256 = try readParts(of: file, keys: keys, buffer, metadata, progress)
        while file.outcome?.isChange ?? false, let again = file.again() {
            file = again
            sha256 = try readParts(of: file, keys: keys, buffer, metadata, progress)
        }
        switch file.outcome {
        case .read(_, let chunks, _, _):
            files.append(
                CardFile(
                    path: item.path, status: file.status,
                    content: ContentName(size: file.status.size, chunks: chunks.map(\.id)), sha256: sha256))
        case .unreadable(let reason): problems.append((item.path, reason))
        case .changed: problems.append((item.path, "it changed while it was read"))
        case .vanished, nil: problems.append((item.path, "it went away while it was read"))
        }
    }

    /// - Returns: the hash of what was read.
    private func readParts(
        of file: FileRead, keys: VaultKeys, _ buffer: UnsafeMutableRawBufferPointer,
        _ metadata: MetadataReader, _ progress: RunProgress
    ) throws -> SHA256Digest {
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
        return hash.finalize()
    }
}

extension FileStatus {
    /// Inodes do not tell: file systems without any, as cards have, number them anew whenever memory is short.
    fileprivate func hasTimes(of other: FileStatus) -> Bool {
        kind == other.kind && size == other.size && modified == other.modified && changed == other.changed
    }
}
