import Glibc

/// The names in a folder, in one block of memory: a folder of 100,000 files costs two arrays, not 100,000.
struct DirectoryListing: Sendable {
    struct Name: Sendable {
        fileprivate let start: Int
        fileprivate let count: Int
        /// nil where the file system does not say.
        let kind: FileStatus.Kind?
    }

    private(set) var names: [Name] = []
    /// Each name with a zero after it.
    private var bytes: [UInt8] = []

    /// `type` is DT_REG, DT_DIR and so on. `.` and `..` are left out.
    mutating func append(_ name: UnsafePointer<CChar>, type: UInt8) {
        guard strcmp(name, ".") != 0, strcmp(name, "..") != 0 else { return }
        let count = strlen(name)
        names.append(Name(start: bytes.count, count: count, kind: FileStatus.Kind(directoryType: type)))
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: name, count: count + 1))
    }

    /// By bytes, which is the order of paths within one folder.
    mutating func sort() {
        bytes.withUnsafeBytes { bytes in
            names.sort { left, right in
                let order = memcmp(
                    bytes.baseAddress! + left.start, bytes.baseAddress! + right.start,
                    min(left.count, right.count))
                return order != 0 ? order < 0 : left.count < right.count
            }
        }
    }

    /// The names that others are called like with the suffix of a database's log; in nearly every folder none.
    func namesWithLogs() -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for name in names {
            let bytes = bytes(of: name)
            // Of "-journal" and "-wal".
            guard bytes.last == UInt8(ascii: "l"), let main = DatabaseFiles.main(of: bytes) else { continue }
            found.insert(main)
        }
        return found
    }

    func bytes(of name: Name) -> ArraySlice<UInt8> { bytes[name.start..<(name.start + name.count)] }

    /// The name for C.
    func withCString<Result, Failure: Error>(
        of name: Name, _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) -> Result in
            let start = UnsafeRawPointer(bytes.baseAddress! + name.start)
            return try body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
