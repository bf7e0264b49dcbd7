internal import Crypto
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// The files in a directory store that have no name of an object yet.
enum TemporaryFiles {
    /// Where they are. No key of ours can be in it.
    static let folder = ".tmp~"

    /// No put takes this long, in seconds: what is older was left by a run that was killed.
    static let abandonedAfter = 86_400

    private static let nameLength = 32

    static func newPath(below root: FilePath) -> FilePath {
        root.appending(folder).appending(randomBytes(nameLength / 2).hex)
    }

    /// Removes what killed runs have left. What cannot be removed only takes room, and is tried again by the next run.
    static func removeAbandoned(below root: FilePath) {
        let directory = root.appending(folder)
        guard let stream = opendir(directory.string) else { return }
        defer { closedir(stream) }
        let oldest = time(nil) - abandonedAfter
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            // Nothing that somebody else has put there.
            guard name.utf8.count == nameLength, [UInt8](hex: name) != nil else { continue }
            let path = directory.appending(name)
            var status = stat()
            guard lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_mtim.tv_sec < oldest
            else { continue }
            unlink(path.string)
        }
    }
}
