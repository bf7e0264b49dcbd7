internal import Vault

/// Counts what a run would store, by what the file system tells of each file; nothing is read or stored.
final class DryRun: ScanSink {
    private let stop: StopFlag
    private var result = ScanResult()
    private var bytesToRead: UInt64 = 0

    private init(stop: StopFlag) { self.stop = stop }

    /// Walks the sources and counts: what a snapshot would hold, and the bytes that would be read for it.
    ///
    /// - Throws: `SourceError`, `CatalogError`, `CancellationError`.
    static func count(
        _ request: BackupRequest, _ row: CatalogCollection, in vault: OpenVault
    ) async throws -> (scan: ScanResult, bytesToRead: Int) {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await BlockingWork.run {
                let dryRun = DryRun(stop: stop)
                try CollectionScan(vault: vault, collection: row, rules: request.rules, sink: dryRun)
                    .run(TreeWalk(roots: request.sources, excludes: request.excludes))
                return (dryRun.result, Int(clamping: dryRun.bytesToRead))
            }
        } onCancel: {
            stop.set()
        }
    }

    func countUnmodified() { result.counts.filesUnmodified += 1 }

    func countKept(_ kind: Entry.Kind, size: UInt64) { result.counts.add(kind, size: size) }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func addIncomplete(_ path: EntryPath, _ reason: String) {
        result.incomplete.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func countSpecial(_ kind: FileStatus.Kind) { result.specialFiles[kind, default: 0] += 1 }

    func read(_ database: DatabaseRead) throws {
        try stop.check()
        for member in database.members {
            guard let status = member.status else { continue }
            result.counts.add(.file, size: status.size)
            bytesToRead += status.size
            if member.isUnwritten {
                result.counts.filesUnmodified += 1
            } else if member.isInBase {
                result.counts.filesChanged += 1
            } else {
                result.counts.filesNew += 1
            }
        }
    }

    func allowCheckpoints(_ areAllowed: Bool) {}

    func closeFolders() {}

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws {
        try stop.check()
        result.counts.add(.file, size: file.status.size)
        bytesToRead += file.status.size
        if file.isUnwritten {
            result.counts.filesUnmodified += 1
        } else if isInBase {
            result.counts.filesChanged += 1
        } else {
            result.counts.filesNew += 1
        }
    }

    func add(_ edits: PageEdits) throws {
        try stop.check()
        for case .put(let entry) in edits.edits { result.counts.add(entry.entry.kind, size: 0) }
    }
}
