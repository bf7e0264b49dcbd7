internal import Crypto
internal import ObjectStore
internal import Vault

/// How a scan treats what the base has: the difference between `backup` and `archive`.
public struct ScanRules: Sendable {
    /// Entries of the base that the walk does not meet stay (`archive`), instead of being removed (`backup`).
    public var keepsAbsent = false
    /// Entries of the base stay that lie below no folder named as one of the sources: what `archive` has put into a
    /// collection that is backed up too.
    public var keepsOtherRoots = false
    /// What happens to a file that is there with other content.
    public var onConflict = ConflictRule.replace
    /// Files are read also where size and times are those of the base, which prove little on a card: its times are
    /// coarse, and cards are called alike, as are the files on them.
    public var readsUnchanged = false
    /// Of files whose size and times are those of the base, the part that is read all the same, by their paths: only that
    /// shows content that changed and was not written. nil: none.
    public var rereads: VerifySample?

    /// For how long a database is read again that other programs write to.
    public var databasePatience = Duration.seconds(20)

    public enum ConflictRule: Sendable {
        /// The new content takes its place. Of an archive only that: a file that has become a link or a folder, and a
        /// folder that has become something else, are refused all the same.
        case replace
        /// The run is refused, and every such path named.
        case refuse
    }

    public static let backup = ScanRules()
    public static let archive = ScanRules(keepsAbsent: true, onConflict: .refuse)
}

extension ScanRules {
    /// Whether a file of the base's size and times is read.
    func readsAgain(_ path: EntryPath) -> Bool {
        readsUnchanged || rereads?.contains(SHA256.hash(path.sortBytes)) ?? false
    }

    /// Whether a link may not take the place of what the base has there. Folders have nothing to be refused for.
    func refuses(_ entry: Entry, before: Entry) -> Bool {
        onConflict == .refuse && before.kind == entry.kind && before.linkTarget != entry.linkTarget
    }
}

/// Takes what a scan meets, in walk order: the assembly of a new snapshot, or the counting of a dry run.
protocol ScanSink: AnyObject {
    /// A file that is as the base has it.
    func countUnmodified()
    /// An entry of the base that stays as it is.
    func countKept(_ kind: Entry.Kind, size: UInt64)
    /// An entry of the base that stays though none of the sources could have it.
    func countKept(_ kind: Entry.Kind, size: UInt64, ofOther root: EntryPath)
    /// An entry of the base that is not in the snapshot, or is something else there.
    func countRemoved(_ kind: Entry.Kind)
    /// What an archive has and cannot keep together with what was met.
    func addConflict(_ conflict: ArchiveConflict)
    func addUnreadable(_ path: EntryPath, _ reason: String)
    /// What is there and is this program's own.
    func addLeftOut(_ path: EntryPath, _ what: String)
    /// An entry of the base that goes and was never meant to be there.
    func countNoLoss(_ kind: Entry.Kind, size: UInt64)
    /// What is stored but for what the reason names.
    func addIncomplete(_ path: EntryPath, _ reason: String)
    /// Something without content, which nobody can miss.
    func countSpecial(_ kind: FileStatus.Kind)
    /// A file whose content is to be read; waits while too many are waiting.
    ///
    /// - Parameters:
    ///   - current: the edits of the page that the scan is in, without this one.
    ///   - rest: the pages of the base behind that one.
    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws
    /// Reads a database, whose files get edits as the scan comes to them.
    func read(_ database: DatabaseRead) throws
    /// Whether what there is so far fits together: not where the edits of a database's logs are to come.
    func allowCheckpoints(_ areAllowed: Bool)
    /// Waits until no file holds a folder open.
    func closeFolders() throws
    /// The edits of the next page.
    func add(_ edits: PageEdits) throws
}

/// What a scan has found.
struct ScanResult: Sendable {
    var pages: [Snapshot.PageReference] = []
    var counts = ScanCounts()
    var unreadable: [Snapshot.Unreadable] = []
    /// What is this program's own, and what it is; in no snapshot.
    var leftOut: [(path: EntryPath, what: String)] = []
    /// What the base has of it, and the snapshot has no more.
    var noLoss = ScanCounts()
    /// What is stored but for what the reason names.
    var incomplete: [Snapshot.Unreadable] = []
    /// Named pipes, sockets and devices, which are in no snapshot.
    var specialFiles: [FileStatus.Kind: Int] = [:]
    /// What is there already and is something else, where that is refused.
    var conflicts: [ArchiveConflict] = []
    /// Files whose content changed though nobody wrote them. The snapshot has them as they were.
    var rot: [EntryPath] = []
    /// Packs that no replica has any more. Whose content is in them and was not found again is in `unreadable`.
    var lostPacks: Set<SHA256Digest> = []

    /// Once for each place: a replica has many folders.
    mutating func leaveOut(_ path: EntryPath, _ what: String) {
        if !leftOut.contains(where: { $0 == (path, what) }) { leftOut.append((path, what)) }
    }
}

/// Counts of a scan. Files are regular files; `total` is what the snapshot holds.
struct ScanCounts: Sendable {
    var filesTotal = 0
    var directoriesTotal = 0
    var linksTotal = 0
    var bytesTotal: UInt64 = 0
    var filesNew = 0
    var filesChanged = 0
    var filesUnmodified = 0
    /// Entries of the base that the snapshot has not, or has as something else.
    var removed = EntryCounts()
    /// Of the total: what lies below no folder named as one of the sources, by its top.
    var others: [EntryPath: EntryCounts] = [:]

    /// All that lies below no folder named as one of the sources.
    var other: EntryCounts { others.values.reduce(into: EntryCounts()) { $0.add($1) } }

    /// - Parameter count: how many of these are more, or fewer if it is negative.
    mutating func add(_ kind: Entry.Kind, size: UInt64, _ count: Int = 1) {
        switch kind {
        case .file:
            filesTotal += count
            bytesTotal = count < 0 ? bytesTotal - min(size, bytesTotal) : bytesTotal.heldSum(size)
        case .directory: directoriesTotal += count
        case .symbolicLink: linksTotal += count
        }
    }

    /// Both, of what a snapshot holds.
    static func + (left: ScanCounts, right: ScanCounts) -> ScanCounts {
        var sum = left
        sum.filesTotal += right.filesTotal
        sum.directoriesTotal += right.directoriesTotal
        sum.linksTotal += right.linksTotal
        sum.bytesTotal += right.bytesTotal
        return sum
    }
}
