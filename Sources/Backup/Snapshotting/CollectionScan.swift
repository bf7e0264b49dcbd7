internal import Vault

/// Compares the source folders with the base's rows, in one pass over both, and hands on what has changed: files that
/// are to be read, and edits, page by page.
///
/// An unchanged entry costs a comparison and nothing else.
final class CollectionScan {
    private let rules: ScanRules
    private let sink: any ScanSink
    private let metadata = MetadataReader()

    private var rows: BaseRows
    private var basePages: ArraySlice<BasePage>
    private var current = PageEdits()
    /// What could not be looked at: what the base has below it stays.
    private var unreadable: EntryPath?
    /// What an archive cannot take in: what the base has there stays, and what is below it now is passed over.
    private var conflict: ArchiveConflict?
    /// Files that were compared with the base beforehand.
    private let compared: ComparedFiles
    /// The top names of the sources.
    private var roots: Set<EntryPath> = []

    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, sink: any ScanSink,
        compared: ComparedFiles = ComparedFiles()
    ) throws {
        self.rules = rules
        self.sink = sink
        self.compared = compared
        rows = try BaseRows(catalog: vault.catalog, collection: collection)
        basePages = try vault.catalog.pages(
            of: collection, generation: collection.generation, keys: vault.keys)[...]
        current.base = basePages.first
    }

    /// Runs to the end of the walk and of the rows.
    func run(_ walk: TreeWalk) throws {
        var walk = walk
        roots = Set(walk.rootPaths)
        while let event = try walk.next() {
            while !rows.isAtEnd, rows.compare(to: event.path) < 0 { try absent() }
            let isInBase = !rows.isAtEnd && rows.compare(to: event.path) == 0
            try advance(to: event.path)
            if conflict.map({ event.path.isWithin($0.path) }) ?? false { continue }
            endConflict()
            switch event {
            case .item(let item): try meet(item, isInBase: isInBase)
            case .unreadable(let path, let reason, _):
                // What it is may not be known: it may be the folder that the base has there.
                sink.addUnreadable(path, reason)
                if isInBase { keepRow() }
                unreadable = path
            case .skipped(let path, let kind):
                sink.addUnreadable(path, "a \(kind.name) cannot be backed up")
                if isInBase { rules.keepsAbsent ? keepRow() : remove(path) }
            }
            if isInBase { try rows.next() }
        }
        while !rows.isAtEnd { try absent() }
        endConflict()
        try closePage()
        basePages = basePages.dropFirst()
        for page in basePages { try sink.add(PageEdits(base: page)) }
    }

    /// The current row has no counterpart in the walk.
    private func absent() throws {
        guard let path = EntryPath(sortBytes: Array(rows.path)) else {
            throw CatalogError(path: "catalog", reason: "a row's path is damaged")
        }
        try advance(to: path)
        if conflict.map({ path.isWithin($0.path) }) ?? false {
            if let kind { conflict?.atStake.add(kind, size: size) }
            keepRow()
        } else if rules.keepsAbsent || unreadable.map(path.isWithin) ?? false {
            keepRow()
        } else if rules.keepsOtherRoots, !roots.contains(path.root) {
            if let kind { sink.countKept(kind, size: size, ofOther: path.root) }
            keepRow()
        } else {
            remove(path)
        }
        try rows.next()
    }

    /// Of the base's current row.
    private var kind: Entry.Kind? { Entry.Kind(rawValue: rows.status.kind) }
    private var size: UInt64 { UInt64(clamping: rows.status.size) }

    private func meet(_ item: ScannedItem, isInBase: Bool) throws {
        let isUnchanged = isInBase && rows.status.matches(item.status)
        if isUnchanged, item.status.kind != .file || !rules.readsAgain(item.path) {
            keepRow()
            if item.status.kind == .file { sink.countUnmodified() }
            return
        }
        if isInBase, item.status.kind == .file, let status = compared.sameContent(item) {
            keepRow()
            sink.countUnmodified()
            edit(.refresh(item.path, status))
            return
        }
        if isInBase, let kind, let now = item.status.kind.entryKind, kind != now {
            if rules.keepsAbsent, begin(ArchiveConflict(item.path, .kind(before: kind, now: now))) { return }
            sink.countRemoved(kind)
        }
        switch item.status.kind {
        case .file:
            let wasRot = isInBase && rows.status.isRot(of: item.status)
            let file = FileRead(item, isUnwritten: isUnchanged || wasRot)
            try sink.read(file, isInBase: isInBase, besides: current, before: basePages.dropFirst())
            edit(.file(file))
        default:
            do throws(SystemFailure) {
                edit(.put(try metadata.entry(for: item)))
            } catch {
                sink.addUnreadable(item.path, error.description)
                if isInBase { keepRow() }
            }
        }
    }

    /// Whether what the base has in the current row keeps out what was met.
    private func begin(_ found: ArchiveConflict) -> Bool {
        guard rules.onConflict == .refuse || !found.isReplaceable else { return false }
        conflict = found
        if let kind { conflict?.atStake.add(kind, size: size) }
        keepRow()
        return true
    }

    private func endConflict() {
        if let conflict { sink.addConflict(conflict) }
        conflict = nil
    }

    /// The base's entry of the current row stays in the snapshot.
    private func keepRow() {
        if let kind { sink.countKept(kind, size: size) }
    }

    /// The base's entry of the current row goes.
    private func remove(_ path: EntryPath) {
        if let kind { sink.countRemoved(kind) }
        edit(.remove(path))
    }

    private func edit(_ edit: PageEdits.Edit) { current.edits.append(edit) }

    /// Closes the pages of the base that end before `path`. The last one takes what comes behind it, unless it
    /// ends where a page would end anyway.
    private func advance(to path: EntryPath) throws {
        while let page = current.base?.page, page.lastPath < path,
            basePages.count > 1 || PageCutter.isBoundary(page.lastPath)
        {
            try closePage()
            basePages = basePages.dropFirst()
            current.base = basePages.first
        }
        // Without a page of the base to divide them, edits go on in runs of the same size.
        if current.base == nil, current.edits.count >= 1024 { try closePage() }
    }

    private func closePage() throws {
        try sink.add(current)
        current = PageEdits()
    }
}
