internal import Glibc

/// A small file that a person wrote: a configuration, credentials, a password.
struct TextFile {
    /// What no such file exceeds; a larger one is not what was meant.
    static let maximumByteCount = 1 << 20

    let bytes: [UInt8]
    /// Whether others than the owner may read it. False for what is no regular file, such as a pipe.
    let isReadableByOthers: Bool

    /// Reads the whole file. Errors: `notFound`, `unreadable`.
    init(path: String) throws(ConfigurationError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, errno) }
        isReadableByOthers = status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o044 != 0
        do {
            bytes = try Self.readToEnd(of: descriptor, maximumByteCount: Self.maximumByteCount)
        } catch {
            throw Self.failure(path, error.errno)
        }
    }

    /// The bytes without a copy left behind, for a secret that is wiped later.
    consuming func takeBytes() -> [UInt8] { bytes }

    struct ReadError: Error { let errno: CInt }

    /// Every byte until the end, read into one buffer that never moves, so that wiping the result wipes all
    /// that was read. More than the maximum is EFBIG.
    static func readToEnd(of descriptor: CInt, maximumByteCount: Int) throws(ReadError) -> [UInt8] {
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: maximumByteCount + 1) { buffer, count in
            count = 0
            while count < buffer.count {
                let received = read(descriptor, buffer.baseAddress! + count, buffer.count - count)
                if received > 0 {
                    count += received
                } else if received == 0 {
                    break
                } else if errno != EINTR {
                    failure = errno
                    break
                }
            }
        }
        if failure == 0, bytes.count > maximumByteCount { failure = EFBIG }
        guard failure == 0 else { throw ReadError(errno: failure) }
        return bytes
    }

    private static func failure(_ path: String, _ code: CInt) -> ConfigurationError {
        ConfigurationError(
            code == ENOENT ? .notFound : .unreadable, file: path, reason: String(cString: strerror(code)))
    }

    /// Says that the file, which holds a secret, can be read by others.
    func warnIfReadableByOthers(_ path: String, holding secret: String, _ warn: WarningHandler) {
        guard isReadableByOthers else { return }
        warn(
            ConfigurationWarning(
                what: path, why: "holds \(secret) and can be read by others", hint: "chmod 600 '\(path)'"))
    }
}
