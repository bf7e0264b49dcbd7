internal import Vault

/// Takes a scan's edits in walk order and turns them into the new snapshot's pages, and the catalog's rows, as soon
/// as the packs of the files in them are closed.
///
/// Used by the scan's thread. How many edits wait is bounded: beyond that the scan waits for the pipeline.
final class SnapshotAssembly: ScanSink {
    /// More than the chunks in all open packs together, so that waiting for the first edit's pack ends.
    private static let waitingEditLimit = 25_000

    private let vault: OpenVault
    private let collection: CatalogCollection
    private let rules: ScanRules
    private let pipeline: PackPipeline
    private let builder: PageBuilder
    private let doomed: DoomedPacks
    private let fates: FileFates
    private let checkpoints: Checkpointing?

    private var result = ScanResult()
    private var waiting: [PageEdits] = []
    private var waitingHead = 0
    private var waitingEditCount = 0
    private var isReadingEnded = false
    /// Files that are handed to the pipeline together.
    private var unsubmitted: [FileRead] = []
    private var unsubmittedByteCount = 0

    /// - Parameter checkpoints: commits what there is from time to time; nil: nothing does.
    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, pipeline: PackPipeline,
        checkpoints: Checkpointing? = nil
    ) throws {
        self.checkpoints = checkpoints
        self.vault = vault
        self.collection = collection
        self.rules = rules
        self.pipeline = pipeline
        builder = PageBuilder(vault: vault, collection: collection, pipeline: pipeline)
        doomed = try DoomedPacks(of: collection, in: vault.catalog, replicas: vault.catalogReplicas)
        fates = FileFates(rules: rules, doomed: doomed, keys: vault.keys)
        result.lostPacks = doomed.lost
    }

    func countUnmodified() {
        result.counts.filesUnmodified += 1
        pipeline.progress.ended(files: 1)
    }

    func countKept(_ kind: Entry.Kind, size: UInt64) { result.counts.add(kind, size: size) }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws {
        unsubmitted.append(file)
        unsubmittedByteCount += file.partByteCount
        if unsubmitted.count >= PackPipeline.batchCount || unsubmittedByteCount >= Format.chunkByteCount {
            try submit { try mayCheckpoint(besides: current, before: rest) }
            try mayCheckpoint(besides: current, before: rest)
        }
    }

    private func submit(onPackClosed: () throws -> Void = {}) throws {
        try pipeline.submit(unsubmitted, onPackClosed: onPackClosed)
        unsubmitted.removeAll(keepingCapacity: true)
        unsubmittedByteCount = 0
    }

    func add(_ edits: PageEdits) throws {
        try pipeline.checkRunning()
        guard edits.base != nil || !edits.edits.isEmpty else { return }
        waiting.append(edits)
        waitingEditCount += edits.edits.count
        try drain()
        while waitingEditCount > Self.waitingEditLimit {
            try submit()
            let closed = pipeline.closedPackCount
            try drain()
            guard waitingEditCount > Self.waitingEditLimit else { break }
            try pipeline.waitForPacks(beyond: closed)
        }
    }

    /// Ends the reading, makes the last pages, and waits until everything is stored.
    func finish() throws -> ScanResult {
        try submit()
        repeat {
            try pipeline.waitForFiles { try mayCheckpoint(besides: PageEdits(), before: []) }
        } while try retryChanged()
        isReadingEnded = true
        try pipeline.finishReading()
        try drain()
        precondition(waitingHead == waiting.count, "an edit whose file has not ended")
        result.pages = try builder.finish()
        try pipeline.uploader.finish()
        try checkpoints?.finish()
        return result
    }

    /// Applies the edits that wait no longer, from the first on.
    private func drain() throws {
        while waitingHead < waiting.count, try isReady(&waiting[waitingHead]) {
            let edits = waiting[waitingHead]
            waiting[waitingHead] = PageEdits()
            waitingHead += 1
            waitingEditCount -= edits.edits.count
            try apply(edits)
        }
        if waitingHead > 256 || waitingHead == waiting.count {
            waiting.removeFirst(waitingHead)
            waitingHead = 0
        }
    }

    /// Whether every file of the page has ended, and its content is in closed packs. What was found ready is not
    /// asked again.
    private func isReady(_ page: inout PageEdits) throws -> Bool {
        while page.readyCount < page.edits.count {
            if case .file(let file) = page.edits[page.readyCount] {
                switch file.outcome {
                case nil: return false
                case .read(_, let chunks, _):
                    guard chunks.allSatisfy({ $0.reference != nil }) else { return false }
                case .changed:
                    if try retry(file, in: &page, at: page.readyCount) { return false }
                case .vanished, .unreadable: break
                }
            }
            page.readyCount += 1
        }
        return true
    }

    /// Reads files again that changed while they were read; true when there were any.
    private func retryChanged() throws -> Bool {
        var isAnyRetried = false
        for page in waitingHead..<waiting.count {
            for index in waiting[page].edits.indices {
                guard case .file(let file) = waiting[page].edits[index], case .changed = file.outcome else {
                    continue
                }
                if try retry(file, in: &waiting[page], at: index) { isAnyRetried = true }
            }
        }
        return isAnyRetried
    }

    /// Reads a file once more, as it is now; false when that was done before, or comes too late for one that was
    /// gone for a moment.
    private func retry(_ file: FileRead, in page: inout PageEdits, at index: Int) throws -> Bool {
        guard !isReadingEnded, let again = file.again() else { return false }
        page.edits[index] = .file(again)
        try pipeline.submit([again])
        return true
    }

    private func apply(_ page: PageEdits) throws {
        guard let base = page.base else {
            for change in try changes(page.edits, old: [:]) {
                if let entry = change.entry { try builder.append(entry) }
            }
            return
        }
        let isDoomed = doomed.pages.contains(base.id)
        if page.edits.isEmpty, builder.isAtBoundary, !isDoomed {
            builder.reuse(base.page)
            return
        }
        let old = try builder.entries(of: base)
        let entries = try merge(old, page.edits)
        if builder.isAtBoundary, entries == old, !isDoomed {
            builder.reuse(base.page)
            return
        }
        if isDoomed { try nameDoomed(entries) }
        try vault.catalog.remove(page: base.id, from: collection)
        for entry in entries { try builder.append(entry) }
    }

    /// Names the files whose content will go, and that are not in the sources to be stored anew.
    private func nameDoomed(_ entries: [Entry]) throws {
        for entry in entries where try doomed.hold(entry) {
            if result.unreadable.contains(where: { $0.path == entry.path }) { continue }
            addUnreadable(entry.path, try doomed.reason(for: entry))
        }
    }

    /// The page's entries after the edits.
    private func merge(_ old: [Entry], _ edits: [PageEdits.Edit]) throws -> [Entry] {
        let oldByPath = Dictionary(uniqueKeysWithValues: old.map { ($0.path, $0) })
        return old.applying(try changes(edits, old: oldByPath))
    }

    /// What becomes of each edited path: its entry, or none; and the catalog's rows with it.
    private func changes(
        _ edits: [PageEdits.Edit], old: [EntryPath: Entry]
    ) throws -> [EntryChange] {
        var changes: [EntryChange] = []
        var rows: [(path: EntryPath, status: EntryStatus)] = []
        var removed: [EntryPath] = []
        for edit in edits {
            switch edit {
            case .remove(let path):
                changes.append(EntryChange(path: path, entry: nil))
                removed.append(path)
            case .put(let entry):
                guard entry.fitsPage else {
                    addUnreadable(entry.path, FileFates.tooManyAttributes)
                    changes.append(EntryChange(path: entry.path, entry: old[entry.path]))
                    continue
                }
                if let before = old[entry.path], rules.onConflict == .refuse,
                    before.kind != entry.kind || before.linkTarget != entry.linkTarget
                {
                    result.conflicts.append(entry.path)
                }
                result.counts.add(entry.kind, size: 0)
                changes.append(EntryChange(path: entry.path, entry: entry))
                rows.append((entry.path, EntryStatus(entry)))
            case .file(let file):
                let fate = try fates.fate(of: file, before: old[file.path])
                count(fate, of: file.path)
                changes.append(EntryChange(path: file.path, entry: fate.entry))
                if let entry = fate.entry {
                    result.counts.add(entry.kind, size: entry.size)
                    rows.append((entry.path, fate.status ?? EntryStatus(entry)))
                } else {
                    removed.append(file.path)
                }
            }
        }
        try vault.catalog.write(removed: removed, put: rows, in: collection)
        return changes
    }

    private func count(_ fate: FileFate, of path: EntryPath) {
        switch fate.kind {
        case .new: result.counts.filesNew += 1
        case .changed: result.counts.filesChanged += 1
        case .unmodified: result.counts.filesUnmodified += 1
        case .conflict: result.conflicts.append(path)
        case .unreadable(let reason): addUnreadable(path, reason)
        case .vanished: break
        }
    }
}

// MARK: - Checkpoints

extension SnapshotAssembly {
    private func mayCheckpoint(besides current: PageEdits, before rest: ArraySlice<BasePage>) throws {
        guard let checkpoints, checkpoints.takeDue(storedPackCount: pipeline.uploader.totals.packs) else {
            return
        }
        try drain()
        checkpoints.begin(try checkpoint(besides: current, before: rest), after: pipeline.uploader.inFlight)
    }

    /// What there is so far: the pages that are made, then those of the edits that wait, as far as they are settled,
    /// then the base's.
    private func checkpoint(
        besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws -> CheckpointContent {
        let pages = try builder.closedPages()
        let side = PageBuilder(
            vault: vault, collection: collection, pipeline: pipeline, isForCheckpoint: true)
        var counts = try vault.catalog.counts(of: collection)
        for entry in builder.entries { try side.append(entry) }
        for group in waiting[waitingHead...] + [current] {
            if let base = group.base, group.edits.isEmpty, side.isAtBoundary {
                side.reuse(base.page)
                continue
            }
            let old = try group.base.map { try builder.entries(of: $0) } ?? []
            let new = try fates.settled(old, group.edits)
            counts.replace(old, by: new)
            for entry in new { try side.append(entry) }
        }
        try side.endPage()
        for page in rest { side.reuse(page.page) }
        return CheckpointContent(
            pages: pages + (try side.finish()), counts: counts, unreadable: result.unreadable,
            neededPacks: side.checkpointPacks, lastPage: try vault.catalog.newestPage(),
            lostPacks: doomed.lost)
    }
}

extension ScanCounts {
    fileprivate mutating func replace(_ old: [Entry], by new: [Entry]) {
        for entry in old { add(entry.kind, size: entry.size, -1) }
        for entry in new { add(entry.kind, size: entry.size) }
    }
}
