import Glibc

/// A regular file open for reading; closed when the last reference goes. Every call blocks.
final class OpenFile: Sendable {
    let descriptor: Int32

    /// Opens the file `name` in `directory`. ELOOP if it is a link; EINVAL if it is no regular file: whoever is
    /// about to read it saw one, and a pipe in its place would wait for ever.
    init(_ name: [UInt8], in directory: DirectoryHandle) throws(SystemFailure) {
        descriptor = try name.withCString { (name) throws(SystemFailure) in
            try checked {
                openat(directory.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            }
        }
        guard try status().kind == .file else { throw SystemFailure(EINVAL) }
    }

    deinit { close(descriptor) }

    /// As it is now: taken before and after reading, it tells whether the file changed meanwhile.
    func status() throws(SystemFailure) -> FileStatus { try FileStatus(of: descriptor) }

    /// Fills `buffer` from `offset` on and returns how many bytes there were: fewer than asked for only at the
    /// end of the file. From any thread.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemFailure) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try checked {
                pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset) + filled)
            }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }
}
