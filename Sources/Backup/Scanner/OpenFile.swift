import Glibc

/// A regular file open for reading; closed when the last reference goes. Every call blocks.
final class OpenFile: Sendable {
    let descriptor: Int32

    /// The kernel takes a lease away from whoever does not give it up in this time (`fs.lease-break-time`).
    private static let leasePatience = Duration.seconds(50)

    /// Opens the file `name` in `directory`. ELOOP if it is a link; EINVAL if it is no regular file: whoever is
    /// about to read it saw one, and a pipe in its place would wait for ever.
    ///
    /// Waits for descriptors that others are about to close, and for a lease, as file servers take one, to be given up.
    init(_ name: [UInt8], in directory: DirectoryHandle) throws(SystemFailure) {
        descriptor = try SystemFailure.patiently { () throws(SystemFailure) in
            try Self.open(name, in: directory)
        }
        guard try status().kind == .file else { throw SystemFailure(EINVAL) }
    }

    deinit { close(descriptor) }

    private static func open(_ name: [UInt8], in directory: DirectoryHandle) throws(SystemFailure) -> Int32 {
        let end = ContinuousClock.now + leasePatience
        while true {
            do throws(SystemFailure) {
                return try name.withCString { (name) throws(SystemFailure) in
                    try checked {
                        openat(
                            directory.descriptor, name,
                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                    }
                }
            } catch {
                // Somebody has a lease on it, and was told by this call to give it up.
                guard error.number == EAGAIN, ContinuousClock.now < end else { throw error }
                usleep(20_000)
            }
        }
    }

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
