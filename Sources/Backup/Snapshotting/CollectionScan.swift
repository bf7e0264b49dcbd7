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
    /// Folders that could not be read: what the base has below them stays.
    private var unreadableFolder: EntryPath?
    /// A folder that is this program's own: what the base has below it was never meant to be there.
    private var ownFolder: EntryPath?
    /// A folder of the base that is something else now: what the base has below it cannot stay.
    private var replacedFolder: EntryPath?

    init(
        vault: OpenVault, collection: CatalogCollection, rules: ScanRules, sink: any ScanSink
    ) throws {
        self.rules = rules
        self.sink = sink
        rows = try BaseRows(catalog: vault.catalog, collection: collection)
        basePages = try vault.catalog.pages(
            of: collection, generation: collection.generation, keys: vault.keys)[...]
        current.base = basePages.first
    }

    /// Runs to the end of the walk and of the rows.
    func run(_ walk: TreeWalk) throws {
        var walk = walk
        while let event = try walk.next() {
            while !rows.isAtEnd, rows.compare(to: event.path) < 0 { try absent() }
            let isInBase = !rows.isAtEnd && rows.compare(to: event.path) == 0
            try advance(to: event.path)
            switch event {
            case .item(let item): try meet(item, isInBase: isInBase)
            case .unreadable(let path, let reason, let isFolder):
                sink.addUnreadable(path, reason)
                if isInBase { keepRow() }
                if isFolder { unreadableFolder = path }
            case .skipped(let path, let kind):
                sink.addUnreadable(path, "a \(kind.name) cannot be backed up")
                if isInBase { rules.keepsAbsent ? keepRow() : edit(.remove(path)) }
            case .own(let path, let what, let place):
                sink.addLeftOut(place, what)
                ownFolder = path
                if isInBase { rules.keepsAbsent ? keepRow() : edit(.remove(path)) }
            }
            if isInBase { try rows.next() }
        }
        while !rows.isAtEnd { try absent() }
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
        let isReplaced = replacedFolder.map(path.isWithin) ?? false
        if rules.keepsAbsent && !isReplaced || unreadableFolder.map(path.isWithin) ?? false {
            keepRow()
        } else {
            if ownFolder.map(path.isWithin) ?? false, let kind = Entry.Kind(rawValue: rows.status.kind) {
                sink.countNoLoss(kind, size: UInt64(clamping: rows.status.size))
            }
            edit(.remove(path))
        }
        try rows.next()
    }

    private func meet(_ item: ScannedItem, isInBase: Bool) throws {
        let isUnchanged = isInBase && rows.status.matches(item.status)
        if isUnchanged, item.status.kind != .file || !rules.readsAgain(item.path) {
            keepRow()
            if item.status.kind == .file { sink.countUnmodified() }
            return
        }
        if isInBase, rows.status.kind == Entry.Kind.directory.rawValue, item.status.kind != .directory {
            replacedFolder = item.path
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

    /// The base's entry of the current row stays in the snapshot.
    private func keepRow() {
        guard let kind = Entry.Kind(rawValue: rows.status.kind) else { return }
        sink.countKept(kind, size: UInt64(clamping: rows.status.size))
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
