internal import Crypto
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// One page of a directory store's names, in ascending order of the bytes of whole names.
///
/// A walk meets names in another order than a listing has them: `a-b` precedes `a/b`, although `a` precedes
/// `a-b`. So a directory is sorted among its siblings under its name with a slash behind. Memory holds one
/// directory's names a level, and a page.
struct DirectoryListing {
    private static let namesAPage = 1000

    private let root: FilePath
    private let prefix: [UInt8]
    /// The last name of the page before, or nothing.
    private let last: [UInt8]
    private var objects: [ObjectInfo] = []
    private var foreignNames: [String] = []
    private var lastTaken: [UInt8] = []
    private var isFull = false

    init(root: FilePath, prefix: [UInt8], after last: [UInt8]) {
        self.root = root
        self.prefix = prefix
        self.last = last
    }

    mutating func page() throws(Errno) -> ListPage {
        try visit(directory: [])
        return ListPage(
            objects: objects, foreignNames: foreignNames, nextToken: isFull ? lastTaken.hex : nil)
    }

    /// - Parameter directory: empty, or a name that ends with a slash.
    private mutating func visit(directory: [UInt8]) throws(Errno) {
        for entry in try Self.entries(of: path(directory)) {
            let name = directory + entry
            let isDirectory = name.last == UInt8(ascii: "/")
            guard !(isDirectory && isPassed(name)), mayHold(name, isDirectory) else { continue }
            if isDirectory, Self.key(name.dropLast()) != nil {
                try visit(directory: name)
            } else if last.lexicographicallyPrecedes(name), !isTemporary(name) {
                try take(name)
            }
            if isFull { return }
        }
    }

    private func isTemporary(_ name: [UInt8]) -> Bool {
        name.elementsEqual("\(TemporaryFiles.folder)/".utf8)
    }

    /// Whether all that a directory holds was on earlier pages.
    private func isPassed(_ directory: [UInt8]) -> Bool {
        directory.lexicographicallyPrecedes(last) && !last.starts(with: directory)
    }

    private func mayHold(_ name: [UInt8], _ isDirectory: Bool) -> Bool {
        name.starts(with: prefix) || (isDirectory && prefix.starts(with: name))
    }

    private mutating func take(_ name: [UInt8]) throws(Errno) {
        guard objects.count + foreignNames.count < Self.namesAPage else {
            isFull = true
            return
        }
        var status = stat()
        do throws(Errno) {
            try check { path(name).withPlatformString { lstat($0, &status) } }
        } catch .noSuchFileOrDirectory {
            return  // Deleted meanwhile.
        }
        lastTaken = name
        if let key = Self.key(name[...]), status.st_mode & S_IFMT == S_IFREG {
            objects.append(
                ObjectInfo(key: key, byteCount: Int(status.st_size), modified: Int64(status.st_mtim.tv_sec)))
        } else if name.starts(with: prefix) {
            foreignNames.append(String(decoding: name, as: UTF8.self))
        }
    }

    private static func key(_ name: ArraySlice<UInt8>) -> ObjectKey? {
        ObjectKey(String(decoding: name, as: UTF8.self))
    }

    private func path(_ name: [UInt8]) -> FilePath {
        guard !name.isEmpty else { return root }
        // By bytes: a foreign name need not be UTF-8.
        let bytes = Array(root.string.utf8) + [UInt8(ascii: "/")] + name + [0]
        return FilePath(platformString: bytes.map { CChar(bitPattern: $0) })
    }

    /// The names in a directory as they sort in a listing: those of directories with a slash behind.
    private static func entries(of path: FilePath) throws(Errno) -> [[UInt8]] {
        guard let stream = path.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        errno = 0
        while let entry = readdir(stream) {
            var name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name != [UInt8(ascii: ".")], name != [UInt8(ascii: "."), UInt8(ascii: ".")] else {
                continue
            }
            if isDirectory(entry, in: stream) { name.append(UInt8(ascii: "/")) }
            names.append(name)
            errno = 0
        }
        guard errno == 0 else { throw Errno(rawValue: errno) }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names
    }

    private static func isDirectory(_ entry: UnsafeMutablePointer<dirent>, in stream: OpaquePointer) -> Bool {
        guard Int(entry.pointee.d_type) == Int(DT_UNKNOWN) else {
            return Int(entry.pointee.d_type) == Int(DT_DIR)
        }
        // Some file systems do not tell the kind here.
        var status = stat()
        let result = withUnsafePointer(to: &entry.pointee.d_name) { name in
            fstatat(
                dirfd(stream), UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self), &status,
                AT_SYMLINK_NOFOLLOW)
        }
        return result == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
