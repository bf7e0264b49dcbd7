internal import Vault

/// Takes a scan's edits in walk order and turns them into the new snapshot's pages, and the catalog's rows, as soon
/// as the packs of the files in them are closed.
///
/// Used by the scan's thread. How many edits wait is bounded: beyond that the scan waits for the pipeline.
final class SnapshotAssembly: ScanSink {
    /// More than the chunks in all open packs together, so that waiting for the first edit's pack ends.
    private static let waitingEditLimit = 25_000

    private static let tooManyAttributes = "its extended attributes are too large to be stored"

    private let vault: OpenVault
    private let collection: CatalogCollection
    private let rules: ScanRules
    private let pipeline: PackPipeline
    private let builder: PageBuilder
    private let doomed: DoomedPacks

    private var result = ScanResult()
    private var waiting: [PageEdits] = []
    private var waitingHead = 0
    private var waitingEditCount = 0
    private var isReadingEnded = false
    /// Files that are handed to the pipeline together.
    private var unsubmitted: [FileRead] = []
    private var unsubmittedByteCount = 0

    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, pipeline: PackPipeline
    ) throws {
        self.vault = vault
        self.collection = collection
        self.rules = rules
        self.pipeline = pipeline
        builder = PageBuilder(vault: vault, collection: collection, pipeline: pipeline)
        doomed = try DoomedPacks(of: collection, in: vault.catalog)
    }

    func countUnmodified() {
        result.counts.filesUnmodified += 1
        pipeline.progress.ended(files: 1)
    }

    func countKept(_ kind: Entry.Kind, size: UInt64) { result.counts.add(kind, size: size) }

    func addUnreadable(_ path: EntryPath, _ reason: String) {
        result.unreadable.append(Snapshot.Unreadable(path: path, reason: reason))
    }

    func read(_ file: FileRead, isInBase: Bool) throws {
        unsubmitted.append(file)
        unsubmittedByteCount += file.partByteCount
        if unsubmitted.count >= PackPipeline.batchCount || unsubmittedByteCount >= Format.chunkByteCount {
            try submit()
        }
    }

    private func submit() throws {
        try pipeline.submit(unsubmitted)
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
        repeat { try pipeline.waitForFiles() } while try retryChanged()
        isReadingEnded = true
        try pipeline.finishReading()
        try drain()
        precondition(waitingHead == waiting.count, "an edit whose file has not ended")
        result.pages = try builder.finish()
        try pipeline.uploader.finish()
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
            addUnreadable(entry.path, "its content is to be deleted from the vault, and was not found again")
        }
    }

    /// The page's entries after the edits.
    private func merge(_ old: [Entry], _ edits: [PageEdits.Edit]) throws -> [Entry] {
        let oldByPath = Dictionary(uniqueKeysWithValues: old.map { ($0.path, $0) })
        var merged: [Entry] = []
        var rest = old[...]
        for change in try changes(edits, old: oldByPath) {
            while let entry = rest.first, entry.path < change.path {
                merged.append(entry)
                rest = rest.dropFirst()
            }
            if rest.first?.path == change.path { rest = rest.dropFirst() }
            if let entry = change.entry { merged.append(entry) }
        }
        return merged + rest
    }

    /// What becomes of each edited path: its entry, or none; and the catalog's rows with it.
    private func changes(
        _ edits: [PageEdits.Edit], old: [EntryPath: Entry]
    ) throws -> [(path: EntryPath, entry: Entry?)] {
        var changes: [(path: EntryPath, entry: Entry?)] = []
        var rows: [(path: EntryPath, status: EntryStatus)] = []
        var removed: [EntryPath] = []
        for edit in edits {
            switch edit {
            case .remove(let path):
                changes.append((path, nil))
                removed.append(path)
            case .put(let entry):
                guard entry.fitsPage else {
                    addUnreadable(entry.path, Self.tooManyAttributes)
                    changes.append((entry.path, old[entry.path]))
                    continue
                }
                if let before = old[entry.path], rules.onConflict == .refuse,
                    before.kind != entry.kind || before.linkTarget != entry.linkTarget
                {
                    result.conflicts.append(entry.path)
                }
                result.counts.add(entry.kind, size: 0)
                changes.append((entry.path, entry))
                rows.append((entry.path, EntryStatus(entry)))
            case .file(let file):
                let (entry, status) = try fileEntry(file, before: old[file.path])
                changes.append((file.path, entry))
                if let entry {
                    result.counts.add(entry.kind, size: entry.size)
                    rows.append((entry.path, status ?? EntryStatus(entry)))
                } else {
                    removed.append(file.path)
                }
            }
        }
        try vault.catalog.write(removed: removed, put: rows, in: collection)
        return changes
    }

    /// The entry that a file's reading leads to: the new one, the one before where the file could not be read,
    /// or none.
    private func fileEntry(
        _ file: FileRead, before: Entry?
    ) throws -> (entry: Entry?, status: EntryStatus?) {
        switch file.outcome {
        case .read(var entry, let chunks, let openedAt):
            entry.setContent(chunks.compactMap(\.reference), keys: vault.keys)
            guard entry.fitsPage else {
                addUnreadable(entry.path, Self.tooManyAttributes)
                return (before, nil)
            }
            let status = EntryStatus(entry, openedAt: openedAt)
            guard let before else {
                result.counts.filesNew += 1
                return (entry, status)
            }
            if rules.onConflict == .refuse {
                guard before.hasContent(of: entry) else {
                    result.conflicts.append(entry.path)
                    return (before, nil)
                }
                result.counts.filesUnmodified += 1
                return (try kept(before, readAs: entry), status)
            }
            if before == entry || (before.hasContent(of: entry) && before.isSameFile(as: entry)) {
                result.counts.filesUnmodified += 1
                return (try kept(before, readAs: entry), status)
            }
            result.counts.filesChanged += 1
            return (entry, status)
        case .vanished, nil:
            return (rules.keepsAbsent ? before : nil, nil)
        case .changed:
            addUnreadable(file.path, "it changed while it was read")
            return (before, nil)
        case .unreadable(let reason):
            addUnreadable(file.path, reason)
            return (before, nil)
        }
    }
}

extension SnapshotAssembly {
    /// The entry before, which has the content of `entry`; with its place in the vault where the one before will go.
    private func kept(_ before: Entry, readAs entry: Entry) throws -> Entry {
        guard try doomed.hold(before) else { return before }
        var kept = before
        kept.content = entry.content
        kept.contentLists = entry.contentLists
        return kept
    }
}

extension Entry {
    /// Whether both are files of the same bytes, as their chunks' ids tell.
    func hasContent(of other: Entry) -> Bool {
        guard kind == .file, other.kind == .file, size == other.size else { return false }
        if contentID != nil || other.contentID != nil { return contentID == other.contentID }
        return content.map(\.chunkID) == other.content.map(\.chunkID)
    }

    /// Whether nothing but the place of the content differs.
    fileprivate func isSameFile(as other: Entry) -> Bool {
        var other = other
        other.content = content
        other.contentLists = contentLists
        return self == other
    }
}
