public import Crypto
internal import Glibc

/// A text with secrets in it, which is written for its owner alone.
public struct PrivateText: Sendable {
    private let text: String

    public init(_ text: String) { self.text = text }

    /// Writes the file for its owner alone, durably, and makes the folders it is in.
    ///
    /// - Throws: `ConfigurationError` with `duplicate` where a file is there and is not to be replaced, `unreadable`
    ///   when it cannot be written; then nothing is changed.
    public func write(to path: String, replacing: Bool) throws(ConfigurationError) {
        try Self.makeFolder(of: path)
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            guard count > 0 else { break }
            written += count
        }
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        for place in bytes.indices { bytes[place] = 0 }
        // link() does not replace what is there.
        guard isWhole, replacing ? rename(temporary, path) == 0 : link(temporary, path) == 0 else {
            let error = Self.failure(path)
            unlink(temporary)
            throw error
        }
        if !replacing { unlink(temporary) }
    }

    /// What such a file holds; nil where there is none.
    ///
    /// - Throws: `SecretError` where others may read it, or it cannot be read.
    public static func read(_ path: String, subject: String) throws(SecretError) -> SecretBytes? {
        let file: TextFile
        do {
            file = try TextFile(path: path)
        } catch {
            if error.code == .notFound { return nil }
            throw SecretError(
                code: .unreadable, subject: subject, reason: error.description, hint: nil)
        }
        guard !file.isReadableByOthers else {
            throw SecretError(
                code: .readableByOthers, subject: subject, reason: "\(path) can be read by others",
                hint: "if nobody has: chmod 600 '\(path)'")
        }
        var bytes = file.takeBytes()
        return SecretBytes(consuming: &bytes)
    }

    private static func makeFolder(of path: String) throws(ConfigurationError) {
        var folder = path.split(separator: "/").dropLast().reduce(into: [path.hasPrefix("/") ? "" : "."]) {
            $0.append(($0.last ?? "") + "/" + $1)
        }
        folder.removeFirst()
        for folder in folder where mkdir(folder, 0o700) != 0 && errno != EEXIST { throw failure(folder) }
    }

    private static func failure(_ path: String) -> ConfigurationError {
        guard errno != EEXIST else { return alreadyThere(path, hint: "name another file") }
        return ConfigurationError(.unreadable, file: path, reason: String(cString: strerror(errno)))
    }

    /// What is told where a file would have to be replaced.
    static func alreadyThere(_ path: String, hint: String) -> ConfigurationError {
        ConfigurationError(.duplicate, file: path, reason: "it is there already", hint: hint)
    }
}
