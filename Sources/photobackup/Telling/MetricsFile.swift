internal import Foundation
internal import Glibc
internal import Terminal

/// A text file for node_exporter's textfile collector, which must never see half of one: it is written beside its place
/// and renamed.
struct MetricsFile: Sendable {
    let path: String

    private var temporary: String { "\(path).\(getpid()).tmp" }

    /// - Throws: `CommandError` when the file could not be written at the end of the run, for reasons that are there
    ///   already.
    func requireWritable() throws {
        let error = write("", at: temporary)
        unlink(temporary)
        var status = stat()
        let isDirectory = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        guard error != 0 || isDirectory else { return }
        throw CommandError(
            .configuration, what: path,
            why: isDirectory ? "it is a folder" : String(cString: strerror(error)),
            hint: "metrics go into a file in a folder that this user may write to")
    }

    /// - Throws: `CommandError`; the file is as it was then.
    func write(_ metrics: Metrics) throws {
        let previous = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let error = write(metrics.text(after: previous), at: temporary)
        guard error == 0, rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(error == 0 ? errno : error))
            unlink(temporary)
            throw CommandError(what: path, why: reason)
        }
    }

    /// - Returns: an errno, 0 for success.
    private func write(_ text: String, at path: String) -> CInt {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return errno }
        let bytes = Array(text.utf8)
        let count = Glibc.write(descriptor, bytes, bytes.count)
        let error = count == bytes.count ? 0 : count < 0 ? errno : ENOSPC
        return close(descriptor) == 0 ? error : errno
    }
}
