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
    /// Whether each file is read back from the disk and compared before it gets its name; where nil, that is done on
    /// file systems in user space (FUSE).
    public var readsBack: Bool?
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
        let (selection, missing) = try await resolve(request.entries, in: snapshot)
        if request.entries.isEverything {
            progress.expect(
                files: snapshot.fileCount + snapshot.linkCount, bytes: Int(clamping: snapshot.byteCount))
        }
        let report = RestoreReport(progress: progress, passedOver: found.passedOver.count, notify: notify)
        // A dry run does not even make the destination.
        let target = try await BlockingWork.run {
            try request.isDryRun && access(request.destination, F_OK) != 0
                ? nil
                : RestoreTarget(
                    destination: request.destination, origin: origin, isReading: request.isDryRun,
                    readsBack: request.readsBack)
        }
        let parts = PackPartReader(
            reader: self, report: report, postponesCold: request.postponesCold)
        for missing in missing { report.failed(missing.path, "\(missing.reason); \(missing.hint)") }
        var batches = RestoreBatches(reader: self, snapshot: snapshot, selection: selection)
        var beginning = RestoreBeginning(
            request, target: target, report: report, comparison: ContentComparison(contentKey: contentKey))

        var isAnythingMeant = false
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            while let batch = try await batches.next() {
                isAnythingMeant = isAnythingMeant || batch.contains { selection.means($0.entry) }
                let files: [RestoreBeginning.Wanted]
                (files, beginning) = try await BlockingWork.run { [beginning] in
                    var beginning = beginning
                    return (try beginning.begin(batch), beginning)
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
        if let target, !request.isDryRun {
            try await finish(beginning, target, parts, report)
        }
        return report.counts
    }

    /// Makes what needs everything else to be there: other names of files, and the folders' own modes.
    private func finish(
        _ beginning: RestoreBeginning, _ target: RestoreTarget, _ parts: PackPartReader,
        _ report: RestoreReport
    ) async throws {
        let copies = try await BlockingWork.run {
            var beginning = beginning
            return try beginning.makeHardLinks()
        }
        for part in PackPart.parts(of: copies) { try await parts.restore(part) }
        // What is in cold storage comes later.
        guard !beginning.request.postponesCold || report.counts.coldPacks.isEmpty else { return }
        try await BlockingWork.run {
            target.checkNames(report)
            for warning in target.finishDirectories() { report.warn(warning) }
            report.tellLosses()
            try target.syncDirectories()
        }
    }

    /// Parts of packs that are fetched and opened at once: each takes up to 12 MiB, and a chunk besides.
    private static let partsAtOnce = 6
}
