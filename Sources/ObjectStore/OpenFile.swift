internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Runs a call that returns -1 and sets errno, again when a signal interrupts it.
@discardableResult
func check(_ call: () -> CInt) throws(Errno) -> CInt {
    while true {
        let result = call()
        if result != -1 { return result }
        let error = Errno(rawValue: errno)
        guard error == .interrupted else { throw error }
    }
}

/// An open file or directory, closed at the end.
struct OpenFile: ~Copyable {
    private let descriptor: CInt

    /// Opens for reading, but not through a link, and without waiting for whoever may write to a pipe.
    init(reading path: FilePath) throws(Errno) {
        descriptor = try check { open(path.string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    }

    /// Makes a file that must not be there yet, for its owner alone.
    init(creating path: FilePath) throws(Errno) {
        descriptor = try check {
            open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, DirectoryAccess.fileMode)
        }
    }

    deinit { close(descriptor) }

    func status() throws(Errno) -> stat {
        var status = stat()
        try check { fstat(descriptor, &status) }
        return status
    }

    /// Writes all of `bytes` at the file's position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        try repeatUntil(bytes.count) { done in
            SystemCalls.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        }
    }

    /// Fills `buffer` from `offset` on.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) {
        try repeatUntil(buffer.count) { done in
            pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
        }
    }

    /// Nothing moved means that a file ended that was long enough before: an I/O error.
    private func repeatUntil(_ count: Int, _ call: (_ done: Int) -> Int) throws(Errno) {
        var done = 0
        while done < count {
            let moved = call(done)
            if moved > 0 {
                done += moved
            } else if moved == 0 {
                throw .ioError
            } else if errno != EINTR {
                throw Errno(rawValue: errno)
            }
        }
    }

    func share(_ access: DirectoryAccess, isDirectory: Bool = false) {
        access.apply(to: descriptor, isDirectory: isDirectory)
    }

    /// Returns when everything is on the medium.
    func flush() throws(Errno) {
        try check { fsync(descriptor) }
    }
}

/// `OpenFile.write` hides the call of the same name.
private enum SystemCalls {
    #if canImport(Glibc)
        static let write = Glibc.write
    #else
        static let write = Musl.write
    #endif
}
