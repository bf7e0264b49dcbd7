import Glibc
internal import Vault

/// What `stat` says of a file, folder or link.
struct FileStatus: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case file, directory, symbolicLink, pipe, socket, device
    }

    var kind: Kind
    /// In bytes; of a link, the length of its target. What is larger than `greatestByteCount` is held one byte beyond it.
    var size: UInt64
    /// Nanoseconds since 1970; a time that no Int64 holds is held at its bounds (the years 1677 and 2262).
    var modified: Int64
    /// Whether `modified` is such a bound, and not the time that the file has.
    var isModifiedCut: Bool
    /// Of the inode, by the kernel alone: it shows a change even where a program sets `modified` back.
    var changed: Int64
    var inode: UInt64
    var device: UInt64
    /// The lower 12 bits of `st_mode`.
    var mode: UInt32
    var ownerID: UInt32
    var groupID: UInt32
    /// How many names a file has.
    var linkCount: UInt32

    /// Of what `descriptor` has open.
    init(of descriptor: Int32) throws(SystemFailure) {
        var raw = stat()
        try checked { fstat(descriptor, &raw) }
        self.init(raw)
    }

    /// Of `name` in an open folder, of a link itself.
    init(of name: UnsafePointer<CChar>, in directory: Int32) throws(SystemFailure) {
        var raw = stat()
        try checked { fstatat(directory, name, &raw, AT_SYMLINK_NOFOLLOW) }
        self.init(raw)
    }

    /// 16 TiB, which is what ext4 holds at most. A sparse file may claim 8 EiB, and what is kept for each of its chunks
    /// would fill the memory.
    static let greatestByteCount: UInt64 = 1 << 44

    private init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .device
            }
        size = min(UInt64(max(0, raw.st_size)), Self.greatestByteCount + 1)
        (modified, isModifiedCut) = Self.nanoseconds(raw.st_mtim)
        changed = Self.nanoseconds(raw.st_ctim).time
        inode = UInt64(raw.st_ino)
        device = UInt64(raw.st_dev)
        mode = UInt32(raw.st_mode & 0o7777)
        ownerID = raw.st_uid
        groupID = raw.st_gid
        linkCount = UInt32(clamping: raw.st_nlink)
    }

    private static func nanoseconds(_ time: timespec) -> (time: Int64, isCut: Bool) {
        let (whole, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(Int64(time.tv_nsec))
        return overflow || carry ? (time.tv_sec < 0 ? .min : .max, true) : (sum, false)
    }
}

extension FileStatus.Kind {
    /// Of a type as readdir(3) gives it; nil for DT_UNKNOWN.
    init?(directoryType: UInt8) {
        switch Int(directoryType) {
        case DT_REG: self = .file
        case DT_DIR: self = .directory
        case DT_LNK: self = .symbolicLink
        case DT_FIFO: self = .pipe
        case DT_SOCK: self = .socket
        case DT_CHR, DT_BLK: self = .device
        default: return nil
        }
    }

    /// nil for what is not backed up: it has no content that could be.
    var entryKind: Entry.Kind? {
        switch self {
        case .file: .file
        case .directory: .directory
        case .symbolicLink: .symbolicLink
        case .pipe, .socket, .device: nil
        }
    }

    var name: String {
        switch self {
        case .file: "file"
        case .directory: "folder"
        case .symbolicLink: "link"
        case .pipe: "named pipe"
        case .socket: "socket"
        case .device: "device"
        }
    }
}
