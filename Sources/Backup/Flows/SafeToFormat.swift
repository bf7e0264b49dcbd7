public import Crypto
internal import ObjectStore
internal import Replicator
public import Vault

/// What `safeToFormat` has found.
public struct FormatSafety: Sendable {
    public struct File: Sendable {
        /// Where it is on the disk: the source's path, and what comes after that.
        public let place: [UInt8]
        public let size: UInt64
        public let sha256: SHA256Digest
    }

    /// What would be lost, or could be.
    public struct Unsafe: Sendable {
        public let path: EntryPath
        public let reason: String
    }

    /// Every file that was read.
    public let files: [File]
    public let unsafe: [Unsafe]
    /// How many replicas had to have each file.
    public let copyCount: Int
    /// Replicas that have every file that was read, by name.
    public let wholeOn: [String]

    public var isSafe: Bool { unsafe.isEmpty }
    public var byteCount: UInt64 { files.reduce(0) { $0 + $1.size } }
}

extension OpenVault {
    /// Tells whether everything under the sources is in the vault, so that it may be deleted there.
    ///
    /// Each file is read to its end, and what was read is looked for in the snapshots, by content: names, times and what
    /// this machine remembers count for nothing. A replica counts for a file when it says, now, that it has one snapshot
    /// with that content and every object which that snapshot needs for it. At the end the sources are walked again:
    /// what changed meanwhile is not safe.
    ///
    /// - Parameter copyCount: how many replicas must have each file; the quorum if nil.
    /// - Throws: `SourceError` where a source is not there, is empty or goes away, `CatalogError`, `CancellationError`.
    public func safeToFormat(
        _ sources: [SourceRoot], copyCount: Int? = nil, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> FormatSafety {
        let required = copyCount ?? replicas.quorum.replicaCount
        let reading = try await read(sources, progress: progress)
        let copies = try await countCopies(of: Set(reading.files.map(\.content)), until: required, warn: warn)
        for failure in copies.failures.values { warn(Warning(failure)) }

        var reasons = Dictionary(reading.problems, uniquingKeysWith: { first, _ in first })
        var whole = Set(replicas.stores.indices)
        for file in reading.files {
            let holders = copies.holders(of: file.content)
            whole.formIntersection(holders ?? [])
            if holders?.count ?? 0 < required { reasons[file.path] = reason(holders) }
        }
        let changes = try await BlockingWork.run { try reading.changes(in: sources) }
        reasons.merge(changes) { first, _ in first }
        return FormatSafety(
            files: try reading.places(under: sources),
            unsafe: reasons.map { FormatSafety.Unsafe(path: $0, reason: $1) }.sorted { $0.path < $1.path },
            copyCount: required, wholeOn: whole.sorted().map { replicas.names[$0] })
    }

    /// Goes through the snapshots, newest first, until each content is on so many replicas, or there is none left.
    private func countCopies(
        of contents: Set<ContentName>, until required: Int, warn: @escaping WarningHandler
    ) async throws -> CopyCount {
        let listing = try await synchronise(warn: warn)
        var copies = CopyCount(vault: self, listing)
        var search = try ContentSearch(contents, in: self, listing)
        while contents.contains(where: { copies.holders(of: $0)?.count ?? 0 < required }),
            let finding = try await search.next(warn: warn)
        {
            try await copies.add(finding)
        }
        return copies
    }

    private func reason(_ holders: [Int]?) -> String {
        guard let holders else { return "no snapshot that can be read has this content" }
        guard !holders.isEmpty else { return "no replica has all of it" }
        return "only on " + holders.map { replicas.names[$0] }.joined(separator: ", ")
    }

    private func read(_ sources: [SourceRoot], progress: RunProgress) async throws -> CardReading {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run { [keys] in
                try CardReading(sources, keys: keys, progress: progress, check: stop.check)
            }
        } onCancel: {
            stop.set()
        }
    }
}

extension CardReading {
    /// The files as they are called outside a snapshot.
    fileprivate func places(under sources: [SourceRoot]) throws -> [FormatSafety.File] {
        let roots = try Dictionary(
            uniqueKeysWithValues: sources.map { (try $0.name().bytes, Array($0.path.utf8)) })
        return files.map { file in
            let name = file.path.bytes.prefix { $0 != UInt8(ascii: "/") }
            let place = (roots[Array(name)] ?? []) + file.path.bytes.dropFirst(name.count)
            return FormatSafety.File(place: place, size: file.status.size, sha256: file.sha256)
        }
    }
}
