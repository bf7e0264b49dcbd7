internal import Glibc
internal import Vault

/// Compares the source folders with the base's rows, in one pass over both, and hands on what has changed: files that
/// are to be read, and edits, page by page.
///
/// An unchanged entry costs a comparison and nothing else.
final class CollectionScan {
    /// How long descriptors are waited for that others may give back.
    private static let patience = Duration.seconds(10)

    private let rules: ScanRules
    private let sink: any ScanSink
    private let metadata = MetadataReader()

    private var rows: BaseRows
    private var basePages: ArraySlice<BasePage>
    private var current = PageEdits()
    private var databases: DatabaseScan
    /// What the walk met, and what was not handled yet: a database's log comes first.
    private var pending: WalkEvent?
    /// What could not be looked at: what the base has below it stays.
    private var unreadable: EntryPath?
    /// A folder that is this program's own: what the base has below it was never meant to be there.
    private var ownFolder: EntryPath?
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
        databases = DatabaseScan(catalog: vault.catalog, collection: collection)
        basePages = try vault.catalog.pages(
            of: collection, generation: collection.generation, keys: vault.keys)[...]
        current.base = basePages.first
    }

    /// Runs to the end of the walk and of the rows.
    func run(_ walk: TreeWalk) throws {
        var walk = walk
        roots = Set(walk.rootPaths)
        while true {
            let event = try pending ?? next(&walk)
            pending = event
            if let log = databases.nextLog(before: event?.path) {
                // What is called like a log and is no file is met as what it is.
                if event?.path != log.path || event?.isFile ?? true {
                    if event?.path == log.path { pending = nil }
                    try atRow(of: log.path) { _ in edit(.member(log.database, log.number)) }
                }
                sink.allowCheckpoints(databases.isComplete)
                continue
            }
            guard let event else { break }
            pending = nil
            try atRow(of: event.path) { try meet(event, isInBase: $0) }
        }
        while !rows.isAtEnd { try absent() }
        endConflict()
        try closePage()
        basePages = basePages.dropFirst()
        for page in basePages { try sink.add(PageEdits(base: page)) }
    }

    /// The next event of the walk. Where the machine has no descriptors left, folders are closed first.
    private func next(_ walk: inout TreeWalk) throws -> WalkEvent? {
        if DirectoryHandle.openCount >= OpenFolderLimit.current { try sink.closeFolders() }
        let end = ContinuousClock.now + Self.patience
        while true {
            // Not with the error's code as a condition of the catch, which this compiler does not survive.
            let result = Result { () throws(SourceError) in try walk.next() }
            guard case .failure(let error) = result, error.code == .scarcity, ContinuousClock.now < end else {
                return try result.get()
            }
            try sink.closeFolders()
            usleep(10_000)
        }
    }

    /// Comes to `path` in the base's rows and pages, lets `body` know whether it is there, and goes on behind it; not
    /// where a conflict keeps out what is there.
    private func atRow(of path: EntryPath, _ body: (Bool) throws -> Void) throws {
        while !rows.isAtEnd, rows.compare(to: path) < 0 { try absent() }
        let isInBase = !rows.isAtEnd && rows.compare(to: path) == 0
        try advance(to: path)
        if conflict.map({ path.isWithin($0.path) }) ?? false { return }
        endConflict()
        try body(isInBase)
        if isInBase { try rows.next() }
    }

    private func meet(_ event: WalkEvent, isInBase: Bool) throws {
        switch event {
        case .item(let item): try meet(item, isInBase: isInBase)
        case .unreadable(let path, let reason, let isFolder):
            // What it is may not be known: it may be the folder that the base has there.
            sink.addUnreadable(path, reason)
            if isInBase { keepRow() }
            unreadable = path
            if !isFolder { databases.hold(logsOf: path) }
        case .skipped(let path, let kind):
            guard isInBase else { return sink.countSpecial(kind) }
            // What was a photo is none any more.
            sink.addUnreadable(path, "a \(kind.name) cannot be backed up")
            rules.keepsAbsent ? keepRow() : remove(path)
        case .own(let path, let what, let place):
            sink.addLeftOut(place, what)
            ownFolder = path
            if isInBase { rules.keepsAbsent ? keepRow() : remove(path) }
        }
    }

    /// The current row has no counterpart in the walk.
    private func absent() throws {
        guard let path = EntryPath(sortBytes: Array(rows.path)) else {
            throw rows.damage("a row's path is damaged")
        }
        try advance(to: path)
        if conflict.map({ path.isWithin($0.path) }) ?? false {
            if let kind { conflict?.atStake.add(kind, size: size) }
            keepRow()
        } else if rules.keepsAbsent || unreadable.map(path.isWithin) ?? false || databases.holds(path) {
            keepRow()
        } else if rules.keepsOtherRoots, !roots.contains(path.root) {
            if let kind { sink.countKept(kind, size: size, ofOther: path.root) }
            keepRow()
        } else {
            if ownFolder.map(path.isWithin) ?? false, let kind { sink.countNoLoss(kind, size: size) }
            remove(path)
        }
        try rows.next()
    }

    /// Of the base's current row.
    private var kind: Entry.Kind? { Entry.Kind(rawValue: rows.status.kind) }
    private var size: UInt64 { UInt64(clamping: rows.status.size) }

    private func meet(_ item: ScannedItem, isInBase: Bool) throws {
        if item.status.isModifiedCut {
            sink.addIncomplete(
                item.path, "its time of modification is beyond what an entry holds, the years 1677 to 2262")
        }
        let isUnchanged = isInBase && rows.status.matches(item.status)
        let isFile = item.status.kind == .file
        if isFile, databases.holds(item.path) { return keepWithDatabase(item, isInBase: isInBase) }
        if isInBase, let kind, let now = item.status.kind.entryKind, kind != now {
            if rules.keepsAbsent, begin(ArchiveConflict(item.path, .kind(before: kind, now: now))) { return }
            sink.countRemoved(kind)
        }
        let isRead = !isUnchanged || isFile && rules.readsAgain(item.path)
        if isFile, let database = try database(item, isInBase: isInBase, isRead: isRead) {
            edit(.member(database, 0))
            sink.allowCheckpoints(false)
            return try sink.read(database)
        }
        if !isRead {
            keepRow()
            if isFile { sink.countUnmodified() }
            return
        }
        if isInBase, isFile, let status = compared.sameContent(item) {
            keepRow()
            sink.countUnmodified()
            return edit(.refresh(item.path, status))
        }
        if isFile {
            try read(item, isInBase: isInBase, isUnchanged: isUnchanged)
        } else {
            try put(item, isInBase: isInBase)
        }
    }

    private func read(_ item: ScannedItem, isInBase: Bool, isUnchanged: Bool) throws {
        if isInBase, rows.status.isIncomplete(of: item.status), !rules.readsAgain(item.path),
            let missing = try? metadata.read(item).missing
        {
            // The content is stored, and the rest cannot be read yet.
            sink.addIncomplete(item.path, missing.reason)
            sink.countUnmodified()
            return keepRow()
        }
        let wasRot = isInBase && rows.status.isRot(of: item.status)
        let file = FileRead(
            item, isUnwritten: isUnchanged || wasRot, isDerived: databases.isIndex(item.path))
        try sink.read(file, isInBase: isInBase, besides: current, before: basePages.dropFirst())
        edit(.file(file))
    }

    private func put(_ item: ScannedItem, isInBase: Bool) throws {
        do throws(SystemFailure) {
            edit(.put(try metadata.read(item)))
        } catch {
            if error.isScarcity { throw SourceError.scarcity(displayed(item.path), error) }
            guard error.number == ENOENT else {
                sink.addUnreadable(item.path, error.description)
                if isInBase { keepRow() }
                return
            }
            // A link that went away since the folder was listed.
            if isInBase { rules.keepsAbsent ? keepRow() : remove(item.path) }
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

// MARK: - Databases

extension CollectionScan {
    /// The database whose main file `item` is, where it or a log of it is to be read; nil otherwise.
    private func database(_ item: ScannedItem, isInBase: Bool, isRead: Bool) throws -> DatabaseRead? {
        guard item.hasLogs || isRead && DatabaseFiles.canBeMain(item.status.size) else { return nil }
        do throws(SystemFailure) {
            guard try DatabaseFiles.isMain(item) else { return nil }
        } catch {
            if error.isScarcity { throw SourceError.scarcity(displayed(item.path), error) }
            // What is wrong with it is told when it is read; logs alone would be of no use.
            if error.number != ENOENT { databases.hold(logsOf: item.path) }
            return nil
        }
        return try databases.database(of: item, row: isInBase ? rows.status : nil, isRead: isRead)
    }

    /// A log is what it was when its main file was looked at, or what the base has where that cannot be read.
    private func keepWithDatabase(_ item: ScannedItem, isInBase: Bool) {
        if databases.isNamed(item.path) {
            sink.addUnreadable(item.path, "it belongs to a database that could not be read")
        } else if isInBase {
            sink.countUnmodified()
        }
        if isInBase { keepRow() }
    }
}
