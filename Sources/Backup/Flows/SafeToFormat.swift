public import Crypto
internal import ObjectStore
internal import Replicator
internal import Vault

/// What `safeToFormat` has found.
public struct FormatSafety: Sendable {
    public struct File: Sendable {
        /// Where it is on the disk: the path that was given, and what comes after that.
        public let place: [UInt8]
        public let size: UInt64
        public let sha256: SHA256Digest
    }

    /// What would be lost, or could be.
    public struct Unsafe: Sendable {
        /// Where it is on the disk.
        public let place: [UInt8]
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
    public var byteCount: UInt64 { files.reduce(0) { $0.heldSum($1.size) } }
}

extension OpenVault {
    /// Tells whether everything under the paths is in the vault, so that it may be deleted there.
    ///
    /// Each file is read to its end, and what was read is looked for in the snapshots, by content: names, times and what
    /// this machine remembers count for nothing. A replica counts for a file when it says, now, that it has one snapshot
    /// with that content and every object which that snapshot needs for it. At the end the paths are walked again:
    /// what changed meanwhile is not safe.
    ///
    /// - Parameter copyCount: how many replicas must have each file; the quorum if nil.
    /// - Throws: `SourceError` where a path is not there, is empty or goes away, `CatalogError`, `CancellationError`.
    public func safeToFormat(
        _ paths: [String], copyCount: Int? = nil, progress: RunProgress, warn: @escaping WarningHandler
    ) async throws -> FormatSafety {
        let required = copyCount ?? replicas.quorum.replicaCount
        let reading = try await read(paths, progress: progress)
        let copies = try await countCopies(of: Set(reading.files.map(\.content)), until: required, warn: warn)
        for failure in copies.failures.values { warn(Warning(failure)) }

        var reasons = Dictionary(reading.problems, uniquingKeysWith: { first, _ in first })
        var whole = Set(replicas.stores.indices)
        for file in reading.files {
            let holders = copies.holders(of: file.content)
            whole.formIntersection(holders ?? [])
            if replicas.placeCount(holders ?? []) < required { reasons[file.path] = reason(holders) }
        }
        let changes = try await BlockingWork.run { try reading.changes() }
        reasons.merge(changes) { first, _ in first }
        return FormatSafety(
            files: reading.files.map {
                FormatSafety.File(place: reading.place(of: $0.path), size: $0.status.size, sha256: $0.sha256)
            },
            unsafe: reasons.sorted { $0.key < $1.key }.map {
                FormatSafety.Unsafe(place: reading.place(of: $0), reason: $1)
            },
            copyCount: required, wholeOn: whole.sorted().map { replicas.names[$0] })
    }

    /// Goes through the snapshots, newest first, until each content is on so many replicas, or there is none left.
    private func countCopies(
        of contents: Set<ContentName>, until required: Int, warn: @escaping WarningHandler
    ) async throws -> CopyCount {
        let listing = try await synchronise(warn: warn)
        try await settlePlaces(listing, warn: warn)
        var copies = CopyCount(vault: self, listing)
        var search = try ContentSearch(contents, in: self, listing)
        while contents.contains(where: { replicas.placeCount(copies.holders(of: $0) ?? []) < required }),
            let finding = try await search.next(warn: warn)
        {
            try await copies.add(finding)
        }
        return copies
    }

    private func reason(_ holders: [Int]?) -> String {
        guard let holders else { return "no snapshot that can be read has this content" }
        guard !holders.isEmpty else { return "no replica has all of it" }
        let names = holders.map { replicas.names[$0] }.joined(separator: ", ")
        return replicas.placeCount(holders) < holders.count
            ? "only on \(names), of which some are one place" : "only on \(names)"
    }

    private func read(_ paths: [String], progress: RunProgress) async throws -> CardReading {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run { [keys, ownPlaces] in
                try CardReading(paths, keys: keys, own: ownPlaces, progress: progress, check: stop.check)
            }
        } onCancel: {
            stop.set()
        }
    }
}
