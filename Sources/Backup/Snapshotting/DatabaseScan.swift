internal import Vault

/// What a scan knows of databases: which logs are still to come, and which files go by what was decided at their main file.
struct DatabaseScan {
    /// A member of a database that comes later in the walk's order than its main file.
    struct Log {
        let database: DatabaseRead
        let number: Int
        let path: EntryPath
    }

    private let catalog: Catalog
    private let collection: CatalogCollection
    /// The next one last.
    private var logs: [Log] = []
    /// Logs that stay as the base has them, and whether that is to be told.
    private var held: [EntryPath: Bool] = [:]
    private var indexes: Set<EntryPath> = []

    init(catalog: Catalog, collection: CatalogCollection) {
        self.catalog = catalog
        self.collection = collection
    }

    /// The next log, if it comes before `path` or has that path itself; nil for the end of the walk.
    mutating func nextLog(before path: EntryPath?) -> Log? {
        guard let log = logs.last, path.map({ log.path <= $0 }) ?? true else { return nil }
        return logs.removeLast()
    }

    /// Whether no log is to come.
    var isComplete: Bool { logs.isEmpty }

    /// Lets the logs of what cannot be read stay as they are in the base: they fit what the base has of it.
    mutating func hold(logsOf main: EntryPath) {
        for log in DatabaseFiles.Log.allCases { held[main.lengthened(by: log.suffix)] = true }
    }

    func holds(_ path: EntryPath) -> Bool { held[path] != nil }
    func isNamed(_ path: EntryPath) -> Bool { held[path] ?? false }
    func isIndex(_ path: EntryPath) -> Bool { indexes.contains(path) }

    /// The database whose main file is `item`, with logs that are to come; nil where nothing of it has changed since the
    /// base, which then holds its logs too: they were unchanged when the main file was.
    ///
    /// - Parameter row: of the main file in the base.
    mutating func database(
        of item: ScannedItem, row: EntryStatus?, isRead: Bool
    ) throws -> DatabaseRead? {
        indexes.insert(item.path.lengthened(by: DatabaseFiles.indexSuffix))
        let main = member(nil, item.path, item.name, item.status, row)
        var members = [main]
        var isUnchanged = !isRead
        for log in DatabaseFiles.Log.allCases {
            let name = item.name + log.suffix
            let path = item.path.lengthened(by: log.suffix)
            let found = try? item.parent.status(of: name)
            let status = found?.kind == .file ? found : nil
            let row = try catalog.status(of: path, in: collection)
            members.append(member(log, path, name, status, row))
            switch (row, status) {
            case (nil, nil): break
            case (let row?, let status?): isUnchanged = isUnchanged && row.matches(status)
            default: isUnchanged = false
            }
        }
        guard !isUnchanged else {
            for member in members.dropFirst() { held[member.path] = false }
            return nil
        }
        let database = DatabaseRead(folder: item.parent, members: members)
        for (number, member) in members.enumerated().dropFirst() {
            logs.append(Log(database: database, number: number, path: member.path))
        }
        logs.sort { $0.path > $1.path }
        return database
    }

    private func member(
        _ log: DatabaseFiles.Log?, _ path: EntryPath, _ name: [UInt8], _ status: FileStatus?,
        _ row: EntryStatus?
    ) -> DatabaseRead.Member {
        let isUnwritten = status.flatMap { status in row.map { $0.matches(status) || $0.isRot(of: status) } }
        return DatabaseRead.Member(
            log: log, path: path, name: name, kind: ContentKind(name: name), status: status,
            isInBase: row != nil, isUnwritten: isUnwritten ?? false)
    }
}

extension EntryPath {
    /// The path of a file in the same folder that has a longer name.
    fileprivate func lengthened(by suffix: [UInt8]) -> EntryPath { EntryPath(bytes + suffix)! }
}
