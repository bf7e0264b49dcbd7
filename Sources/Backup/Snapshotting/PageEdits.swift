internal import Vault

/// A page of the base, as the catalog numbers it.
typealias BasePage = (id: Int64, page: Snapshot.PageReference)

/// What a scan changes in one page of the base, or in none (where there is no base): in walk order.
struct PageEdits {
    enum Edit {
        case remove(EntryPath)
        /// A folder or link as it is now.
        indirect case put(MetadataReader.Reading)
        /// A file of the base's content, whose size and times are these now.
        case refresh(EntryPath, EntryStatus)
        /// A file that is being read.
        case file(FileRead)
        /// A file of a database, by its number among the members.
        case member(DatabaseRead, Int)
    }

    /// The page of the base that the edits are for.
    var base: BasePage?
    var edits: [Edit] = []
    /// How many of the edits, from the first on, wait for nothing.
    var readyCount = 0
}

extension EntryStatus {
    /// The row of an entry. A file that was changed a moment before it was opened may change again without
    /// its times showing it: its row says so, and it is read again next time.
    init(_ entry: Entry, openedAt: Int64? = nil) {
        kind = entry.kind.rawValue
        size = Int64(clamping: entry.size)
        modified = entry.modified
        changed = entry.changed
        if let openedAt, entry.changed > openedAt - Self.clockGranularity { changed = Self.unsettled }
    }

    /// The row of a file that is to be read again whatever its times say.
    static func unsettled(_ entry: Entry) -> EntryStatus {
        var status = EntryStatus(entry)
        status.changed = unsettled
        return status
    }

    /// The row of a file whose content is not the entry's though nobody wrote it: it is read again until it is, or until
    /// somebody writes it. Such a row has the complement of the change time, which is before 1970 and no file's.
    static func rot(_ entry: Entry) -> EntryStatus {
        var status = EntryStatus(entry)
        status.changed = ~status.changed
        return status
    }

    /// The row of a file that is stored, but for attributes that could not be read: these are asked for again until they
    /// can be. Such a row has a change time that is 146 years off, after the year 2116.
    static func incomplete(_ status: EntryStatus) -> EntryStatus {
        var status = status
        status.changed =
            (0..<incompleteOffset).contains(status.changed)
            ? status.changed + incompleteOffset : unsettled
        return status
    }

    /// Whether the row says so of a file that has this status now.
    func isIncomplete(of status: FileStatus) -> Bool {
        guard changed >= Self.incompleteOffset else { return false }
        var whole = self
        whole.changed -= Self.incompleteOffset
        return whole.matches(status)
    }

    private static let incompleteOffset: Int64 = 1 << 62

    /// Whether the row says so of a file that has this status now.
    func isRot(of status: FileStatus) -> Bool {
        var sound = self
        sound.changed = ~changed
        return changed < 0 && changed != Self.unsettled && sound.matches(status)
    }

    /// File times advance with the kernel's tick (at most 10 ms); network file systems are coarser.
    private static let clockGranularity: Int64 = 50_000_000
    private static let unsettled: Int64 = .min

    func matches(_ status: FileStatus) -> Bool {
        kind == status.kind.entryKind?.rawValue && modified == status.modified && changed == status.changed
            && (kind != Entry.Kind.file.rawValue || size == Int64(clamping: status.size))
    }
}
