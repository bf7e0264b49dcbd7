internal import Glibc

/// How SQLite names and marks the files of a database: the main file, and beside it what a transaction needs that is under
/// way (`-journal`) or not yet in the main file (`-wal`).
///
/// Source: https://sqlite.org/fileformat2.html, "Pathnames of…" in https://sqlite.org/tempfiles.html.
enum DatabaseFiles {
    /// In the order of their names.
    enum Log: CaseIterable, Sendable {
        case journal
        case wal

        var suffix: [UInt8] {
            switch self {
            case .journal: Array("-journal".utf8)
            case .wal: Array("-wal".utf8)
            }
        }

        /// What such a log begins with. One that was left behind may begin with zeros.
        var beginnings: [[UInt8]] {
            switch self {
            case .journal: [[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]]
            case .wal: [[0x37, 0x7f, 0x06, 0x82], [0x37, 0x7f, 0x06, 0x83]]
            }
        }
    }

    /// The index of a log, in memory that programs share. SQLite makes it anew from the log, whatever is in the file.
    static let indexSuffix = Array("-shm".utf8)

    /// Of a log's header, with the salts that all of its frames must have.
    static let walHeaderByteCount = 32

    private static let mainBeginning = Array("SQLite format 3\0".utf8)
    /// Every main file is a number of pages, of this size at least.
    private static let smallestPage: UInt64 = 512

    /// Whether a file of this size can be a main file: spares opening nearly every picture.
    static func canBeMain(_ size: UInt64) -> Bool { size > 0 && size % smallestPage == 0 }

    /// The name without the suffix of a log or index; nil where it has none.
    static func main(of name: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        for suffix in Log.allCases.map(\.suffix) + [indexSuffix]
        where name.count > suffix.count && name.suffix(suffix.count).elementsEqual(suffix) {
            return Array(name.dropLast(suffix.count))
        }
        return nil
    }

    /// Whether a file is a database by its first bytes, or those of a log beside it: an encrypted main file has none of its
    /// own.
    static func isMain(_ item: ScannedItem) throws(SystemFailure) -> Bool {
        if canBeMain(item.status.size), try beginning(of: item.name, in: item.parent) == mainBeginning {
            return true
        }
        guard item.hasLogs else { return false }
        for log in Log.allCases {
            guard let bytes = try? beginning(of: item.name + log.suffix, in: item.parent) else { continue }
            if log.beginnings.contains(where: bytes.starts) { return true }
        }
        return false
    }

    private static func beginning(
        of name: [UInt8], in folder: DirectoryHandle
    ) throws(SystemFailure) -> [UInt8] {
        let file = try OpenFile(name, in: folder)
        var bytes = [UInt8](repeating: 0, count: mainBeginning.count)
        var failure: SystemFailure?
        let count = bytes.withUnsafeMutableBytes { buffer in
            do throws(SystemFailure) {
                return try file.read(into: buffer, at: 0)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return Array(bytes[..<count])
    }
}
