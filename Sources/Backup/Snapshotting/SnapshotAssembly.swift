internal import Vault

/// Takes a scan's edits in walk order and turns them into the new snapshot's pages, and the catalog's rows, as soon
/// as the packs of the files in them are closed.
///
/// Used by the scan's thread. How many edits wait is bounded: beyond that the scan waits for the pipeline.
final class SnapshotAssembly: ScanSink {
    /// More than the chunks in all open packs together, so that waiting for the first edit's pack ends.
    private static let waitingEditLimit = 25_000

    private let vault: OpenVault
    private let pipeline: PackPipeline
    private let pages: SnapshotPages
    private let rules: ScanRules
    private let checkpoints: Checkpointing?
    /// Called once, before the first file is read or page made.
    private var beforeAnyChange: (() throws -> Void)?

    private var waiting = WaitingEdits()
    private var isReadingEnded = false
    /// There is one where there are databases.
    private var databases: DatabaseReader?
    private var areCheckpointsAllowed = true
    /// Files that are handed to the pipeline together.
    private var unsubmitted: [FileRead] = []
    private var unsubmittedByteCount = 0

    /// - Parameters:
    ///   - checkpoints: commits what there is from time to time; nil: nothing does.
    ///   - beforeAnyChange: may refuse a run that would change something, before anything is sent.
    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, pipeline: PackPipeline,
        checkpoints: Checkpointing? = nil, beforeAnyChange: (() throws -> Void)? = nil
    ) throws {
        self.beforeAnyChange = beforeAnyChange
        self.vault = vault
        self.pipeline = pipeline
        self.rules = rules
        self.checkpoints = checkpoints
        pages = try SnapshotPages(vault: vault, collection: collection, rules: rules, pipeline: pipeline)
    }

    func countUnmodified() {
        pages.result.counts.filesUnmodified += 1
        pipeline.progress.ended(files: 1)
    }

    func countKept(_ kind: Entry.Kind, size: UInt64) { pages.result.counts.add(kind, size: size) }

    func countKept(_ kind: Entry.Kind, size: UInt64, ofOther root: EntryPath) {
        pages.result.counts.others[root, default: EntryCounts()].add(kind, size: size)
    }

    func countRemoved(_ kind: Entry.Kind) { pages.result.counts.removed.add(kind) }

    func addConflict(_ conflict: ArchiveConflict) { pages.result.conflicts.append(conflict) }

    func addUnreadable(_ path: EntryPath, _ reason: String) { pages.addUnreadable(path, reason) }

    func addLeftOut(_ path: EntryPath, _ what: String) { pages.result.leaveOut(path, what) }

    func countNoLoss(_ kind: Entry.Kind, size: UInt64) { pages.result.noLoss.add(kind, size: size) }

    func addIncomplete(_ path: EntryPath, _ reason: String) { pages.addIncomplete(path, reason) }

    func countSpecial(_ kind: FileStatus.Kind) { pages.result.specialFiles[kind, default: 0] += 1 }

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws {
        try beginChanging()
        unsubmitted.append(file)
        unsubmittedByteCount += file.partByteCount
        if unsubmitted.count >= PackPipeline.batchCount || unsubmittedByteCount >= Format.chunkByteCount {
            try submit { try mayCheckpoint(besides: current, before: rest) }
            try mayCheckpoint(besides: current, before: rest)
        }
    }

    func read(_ database: DatabaseRead) throws {
        let reader = try databases ?? DatabaseReader(pipeline: pipeline, patience: rules.databasePatience)
        databases = reader
        try reader.read(database)
    }

    func allowCheckpoints(_ areAllowed: Bool) { areCheckpointsAllowed = areAllowed }

    func closeFolders() throws {
        try submit()
        try pipeline.waitForFiles {}
    }

    func add(_ edits: PageEdits) throws {
        try pipeline.checkRunning()
        guard edits.base != nil || !edits.edits.isEmpty else { return }
        if !edits.edits.isEmpty { try beginChanging() }
        waiting.append(edits)
        try drain()
        while waiting.editCount > Self.waitingEditLimit {
            try submit()
            let closed = pipeline.closedPackCount
            try drain()
            guard waiting.editCount > Self.waitingEditLimit else { break }
            try pipeline.waitForPacks(beyond: closed)
        }
    }

    /// Ends the reading, makes the last pages, and waits until everything is stored.
    func finish() throws -> ScanResult {
        try submit()
        repeat {
            try pipeline.waitForFiles { try mayCheckpoint(besides: PageEdits(), before: []) }
        } while try waiting.retryChanged(again: readAgain)
        isReadingEnded = true
        try pipeline.finishReading()
        try drain()
        precondition(waiting.isEmpty, "an edit whose file has not ended")
        pages.result.pages = try pages.builder.finish()
        try pipeline.uploader.finish()
        try checkpoints?.finish()
        return pages.result
    }

    private func beginChanging() throws {
        try beforeAnyChange.take()?()
    }

    private func submit(onPackClosed: () throws -> Void = {}) throws {
        try pipeline.submit(unsubmitted, onPackClosed: onPackClosed)
        unsubmitted.removeAll(keepingCapacity: true)
        unsubmittedByteCount = 0
    }

    /// Applies the edits that wait no longer, from the first on.
    private func drain() throws {
        while let edits = try waiting.takeReady(again: readAgain) { try pages.apply(edits) }
        waiting.compact()
    }

    /// Reads a file once more, as it is now; nil when that was done before, or comes too late for one that was gone
    /// for a moment.
    private func readAgain(_ file: FileRead) throws -> FileRead? {
        guard !isReadingEnded, let again = file.again() else { return nil }
        try pipeline.submit([again])
        return again
    }

    private func mayCheckpoint(besides current: PageEdits, before rest: ArraySlice<BasePage>) throws {
        guard areCheckpointsAllowed, let checkpoints,
            checkpoints.takeDue(storedPackCount: pipeline.uploader.totals.packs)
        else { return }
        try drain()
        let content = try CheckpointContent(
            pages, waiting: waiting.all + [current], before: rest, vault: vault, pipeline: pipeline)
        checkpoints.begin(content, after: pipeline.uploader.inFlight)
    }
}
