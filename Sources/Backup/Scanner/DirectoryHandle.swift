internal import CLinux
import Glibc
import Synchronization

/// An open folder: what is reached through it lies in that very folder, wherever it is moved meanwhile.
///
/// Closed when the last reference goes. Every call blocks.
final class DirectoryHandle: Sendable {
    private static let count = Atomic(0)

    /// How many folders are open in the whole program.
    static var openCount: Int { count.load(ordering: .relaxed) }

    let descriptor: Int32

    /// Opens `path`, following links: for what the user named.
    init(path: UnsafePointer<CChar>) throws(SystemFailure) {
        descriptor = try checked { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        Self.count.add(1, ordering: .relaxed)
    }

    /// Opens the folder `name` in `parent`. ENOTDIR if it is anything else, and that includes a link to a folder.
    init(_ name: UnsafePointer<CChar>, in parent: DirectoryHandle) throws(SystemFailure) {
        descriptor = try checked {
            openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        Self.count.add(1, ordering: .relaxed)
    }

    deinit {
        close(descriptor)
        Self.count.subtract(1, ordering: .relaxed)
    }

    func status() throws(SystemFailure) -> FileStatus { try FileStatus(of: descriptor) }

    /// Of `name` in this folder, of a link itself.
    func status(of name: [UInt8]) throws(SystemFailure) -> FileStatus {
        try name.withCString { (name) throws(SystemFailure) in try FileStatus(of: name, in: descriptor) }
    }

    /// Where the link `name` in this folder points to, as bytes.
    func linkTarget(of name: [UInt8]) throws(SystemFailure) -> [UInt8] {
        var capacity = 256
        while true {
            var target = [UInt8](repeating: 0, count: capacity)
            let length = try name.withCString { (name) throws(SystemFailure) in
                try checked {
                    target.withUnsafeMutableBytes {
                        readlinkat(
                            descriptor, name, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
                    }
                }
            }
            // A full buffer may have cut the target.
            if length < capacity { return Array(target[..<length]) }
            capacity *= 4
        }
    }

    /// Every name in the folder but `.` and `..`, read anew from its start. Calls from two threads at once would
    /// share one position.
    func names() throws(SystemFailure) -> DirectoryListing {
        try checked { lseek(descriptor, 0, SEEK_SET) }
        var listing = DirectoryListing()
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) {
            (buffer) throws(SystemFailure) in
            while true {
                let filled = try checked { clinux_getdents(descriptor, buffer.baseAddress!, buffer.count) }
                guard filled > 0 else { return }
                var offset = 0
                while offset < filled {
                    let record = clinux_directory_record_at(buffer.baseAddress! + offset)
                    listing.append(record.name, type: record.type)
                    offset += record.byteCount
                }
            }
        }
        return listing
    }
}
