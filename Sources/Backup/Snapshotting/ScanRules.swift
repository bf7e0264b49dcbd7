internal import Vault

/// How a scan treats what the base has: the difference between `backup` and `archive`.
public struct ScanRules: Sendable {
    /// Entries of the base that the walk does not meet stay (`archive`), instead of being removed (`backup`).
    public var keepsAbsent = false
    /// What happens to a file that is there with other content.
    public var onConflict = ConflictRule.replace

    public enum ConflictRule: Sendable {
        /// The new content takes its place.
        case replace
        /// The run is refused, and every such path named.
        case refuse
    }

    public static let backup = ScanRules()
    public static let archive = ScanRules(keepsAbsent: true, onConflict: .refuse)
}

/// Takes what a scan meets, in walk order: the assembly of a new snapshot, or the counting of a dry run.
protocol ScanSink: AnyObject {
    /// A file that is as the base has it.
    func countUnmodified()
    /// An entry of the base that stays as it is.
    func countKept(_ kind: Entry.Kind, size: UInt64)
    func addUnreadable(_ path: EntryPath, _ reason: String)
    /// A file whose content is to be read; waits while too many are waiting.
    func read(_ file: FileRead, isInBase: Bool) throws
    /// The edits of the next page.
    func add(_ edits: PageEdits) throws
}

/// What a scan has found.
struct ScanResult: Sendable {
    var pages: [Snapshot.PageReference] = []
    var counts = ScanCounts()
    var unreadable: [Snapshot.Unreadable] = []
    /// Paths that are there with other content, where that is refused.
    var conflicts: [EntryPath] = []
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

    mutating func add(_ kind: Entry.Kind, size: UInt64) {
        switch kind {
        case .file:
            filesTotal += 1
            bytesTotal += size
        case .directory: directoriesTotal += 1
        case .symbolicLink: linksTotal += 1
        }
    }
}
