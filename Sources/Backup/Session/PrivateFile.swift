internal import Crypto
internal import Glibc

/// Small files of the state folder, for their owner alone.
enum PrivateFile {
    /// The same of text.
    static func write(_ text: String, to path: String) throws {
        try Array(text.utf8).withUnsafeBytes { try write($0, to: path) }
    }

    /// Replaces the file at once and durably, with mode 0600.
    static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0,
            Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count,
            fsync(descriptor) == 0, rename(temporary, path) == 0
        else {
            let failure = SystemFailure.last
            unlink(temporary)
            throw StateError(path: path, reason: failure.description)
        }
    }

    /// Whether there was such a file.
    @discardableResult
    static func remove(_ path: String) throws -> Bool {
        guard unlink(path) != 0 else { return true }
        guard errno == ENOENT else { throw StateError(path: path, reason: SystemFailure.last.description) }
        return false
    }

    /// What the file holds, at most 4 KiB; nil when it is not there.
    ///
    /// - Parameter others: the bits of its mode that must not be set.
    static func read(_ path: String, sharedBy others: mode_t = 0o077) throws -> SecretBytes? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            // Without the folder there is no file; what is wrong with that is said by who needs it.
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
            throw StateError(path: path, reason: SystemFailure.last.description)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw StateError(path: path, reason: SystemFailure.last.description)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StateError(path: path, reason: "it is no file", hint: "take away what is in its place")
        }
        guard status.st_mode & others == 0 else {
            throw StateError(
                path: path, reason: "it opens the vault, and others may read it",
                hint: "if nobody has: chmod 600 '\(path)'; else photobackup lock, and photobackup unlock",
                isExposed: true)
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        defer { buffer.wipe() }
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw StateError(path: path, reason: SystemFailure.last.description) }
        return SecretBytes(copying: buffer.span.bytes.extracting(0..<count))
    }
}
