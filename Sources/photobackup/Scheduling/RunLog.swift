internal import Glibc
internal import Terminal

/// A file that takes what runs say where no journal does. At a megabyte it is renamed, and four older ones are kept.
struct RunLog {
    private static let rotatedByteCount = 1 << 20
    private static let olderCount = 4

    let path: String

    /// Sends standard output and standard error there from now on.
    ///
    /// - Throws: `CommandError`.
    func open() throws(CommandError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_size > Self.rotatedByteCount {
            for age in (1..<Self.olderCount).reversed() { rename("\(path).\(age)", "\(path).\(age + 1)") }
            rename(path, "\(path).1")
        }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0, dup2(descriptor, STDOUT_FILENO) >= 0, dup2(descriptor, STDERR_FILENO) >= 0
        else {
            throw CommandError(
                .usage, what: path, why: String(cString: strerror(errno)),
                hint: "the log is a file in a folder that this user may write to")
        }
        close(descriptor)
    }
}
