internal import Crypto
internal import Glibc
internal import Replicator
internal import Vault

/// What is to be restored, and where to.
public struct RestoreRequest: Sendable {
    public var snapshot: SnapshotSelection
    public var entries: EntrySelection
    public var destination: String
    /// The provider to ask first, by name; the one that answers fastest when nil.
    public var preferredProvider: String?
    /// Whether what is there with other content is replaced.
    public var overwrites: Bool
    /// Only finds out what would be restored.
    public var isDryRun = false
    /// Whether what is in cold storage on every replica is left out without a word, because it will be asked for.
    var postponesCold = false

    public init(
        snapshot: SnapshotSelection, entries: EntrySelection = EntrySelection(), destination: String,
        preferredProvider: String? = nil, overwrites: Bool = false
    ) {
        self.snapshot = snapshot
        self.entries = entries
        self.destination = destination
        self.preferredProvider = preferredProvider
        self.overwrites = overwrites
    }
}

extension OpenVault {
    /// Brings back what a snapshot holds, from whatever replicas have it right.
    ///
    /// A file is seen under its name only when it is whole. What is there already with the same content is left, so
    /// that an interrupted restore goes on where it was; what is there with other content is left too, and named,
    /// unless `overwrites`.
    ///
    /// - Throws: `SelectionError`, `RestoreError` when the destination cannot be written or is full,
    ///   `ReplicaSetError` when no replica has the list of files.
    public func restore(
        _ request: RestoreRequest, progress: RunProgress,
        notify: @escaping @Sendable (RestoreReport.Notice) -> Void,
        warn: @escaping WarningHandler
    ) async throws -> RestoreReport.Counts {
        replicas.prefer(request.preferredProvider.flatMap(replicas.names.firstIndex(of:)))
        defer { replicas.prefer(nil) }
        return try await reader.restore(
            try await find(request.snapshot, warn: warn), request, progress: progress, notify: notify)
    }
}

extension VaultReader {
    /// The same of a snapshot that was found, whichever the request names.
    ///
    /// Without contentKey, what is there with the size and time of an entry is taken for the same.
    ///
    /// - Throws: as `OpenVault.restore`.
    public func restore(
        _ found: FoundSnapshot, _ request: RestoreRequest, progress: RunProgress,
        notify: @escaping @Sendable (RestoreReport.Notice) -> Void
    ) async throws -> RestoreReport.Counts {
        let snapshot = found.snapshot
        if request.entries.isEverything {
            progress.expect(
                files: snapshot.fileCount + snapshot.linkCount, bytes: Int(clamping: snapshot.byteCount))
        }
        let report = RestoreReport(progress: progress, passedOver: found.passedOver.count, notify: notify)
        // A dry run does not even make the destination.
        let target = try await BlockingWork.run {
            try request.isDryRun && access(request.destination, F_OK) != 0
                ? nil : RestoreTarget(destination: request.destination, origin: origin)
        }
        let parts = PackPartReader(
            reader: self, report: report, postponesCold: request.postponesCold)
        var batches = RestoreBatches(reader: self, snapshot: snapshot, selection: request.entries)

        var isAnythingMeant = false
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            while let batch = try await batches.next() {
                isAnythingMeant = isAnythingMeant || !batch.isEmpty
                let files = try await BlockingWork.run { [self] in
                    try begin(batch, request, target: target, report: report)
                }
                for part in PackPart.parts(of: files) {
                    if running >= Self.partsAtOnce { try await group.next() } else { running += 1 }
                    group.addTask { try await parts.restore(part) }
                }
            }
            try await group.waitForAll()
        }
        guard isAnythingMeant || request.entries.isEverything else {
            throw SelectionError.nothingMeant
        }
        // A folder gets its mode when all is in it.
        let isPostponed = request.postponesCold && !report.counts.coldPacks.isEmpty
        if let target, !request.isDryRun, !isPostponed {
            try await BlockingWork.run {
                for warning in target.finishDirectories() { report.warn(warning) }
                try target.syncDirectories()
            }
        }
        return report.counts
    }

    /// Parts of packs that are fetched and opened at once: each takes up to 12 MiB, and a chunk besides.
    private static let partsAtOnce = 6

    /// Makes folders and links, and returns the files whose content is to be fetched. Blocks.
    private func begin(
        _ batch: [RestoreBatches.Item], _ request: RestoreRequest, target: RestoreTarget?,
        report: RestoreReport
    ) throws -> [(file: RestoringFile, references: [Reference])] {
        let comparison = ContentComparison(contentKey: contentKey)
        var files: [(file: RestoringFile, references: [Reference])] = []
        for item in batch {
            let entry = item.entry
            do throws(RestoreError) {
                let existing = try target?.existing(entry) ?? .none
                if comparison.isSame(existing, as: entry, references: item.references) {
                    report.skipped(entry)
                    continue
                }
                guard existing.isFree(for: entry) || request.overwrites else {
                    report.conflict(entry.path)
                    continue
                }
                guard let target, !request.isDryRun else {
                    report.restored(entry)
                    continue
                }
                switch entry.kind {
                case .directory: try target.makeDirectory(entry)
                case .symbolicLink:
                    for warning in try target.makeLink(entry, replacing: request.overwrites) {
                        report.warn(warning)
                    }
                    report.restored(entry)
                case .file:
                    let byteCount = item.references.reduce(UInt64(0)) { $0 + UInt64($1.plaintextByteCount) }
                    guard byteCount == entry.size else {
                        report.failed(entry.path, "its content does not add up to its size")
                        continue
                    }
                    let file = RestoringFile(
                        entry, replacing: request.overwrites, target: target, report: report)
                    if item.references.isEmpty {
                        try file.write(UnsafeRawBufferPointer(start: nil, count: 0), at: 0)
                    } else {
                        files.append((file, item.references))
                    }
                }
            } catch {
                if error.code == .outOfSpace { throw error }
                report.failed(entry.path, error.reason)
            }
        }
        return files
    }
}

extension RestoreTarget.Existing {
    /// Whether the entry can be made without taking anything's place.
    fileprivate func isFree(for entry: Entry) -> Bool {
        switch self {
        case .none: true
        case .folder: entry.kind == .directory
        case .file, .link, .other: false
        }
    }
}
