internal import Crypto
internal import GRDB
internal import Glibc

/// Why the catalog cannot be used.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// What is in it is not what was written.
        case damaged
        /// Its disk has no room.
        case full
        /// It may be right, and cannot be written, or not be read.
        case unwritable
        /// Another process does not let go of it.
        case busy
        /// A mistake of ours.
        case other
    }

    public let code: Code
    public let path: String
    public let reason: String

    init(_ code: Code, path: String, reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }

    /// What helps. Commands that only read need none of it: they go on without the catalog.
    public var hint: String {
        switch code {
        case .damaged:
            "run it again: what only reads goes on without the catalog, and the next backup sets it aside and makes "
                + "another"
        case .full:
            "make room on that disk, or choose a folder on another one with `state` in the configuration"
        case .unwritable:
            "give it to the user who runs this, or choose another folder with `state` in the configuration"
        case .busy: AnotherRunError().hint
        case .other: "the catalog can be deleted at any time; the next run fills it again from a replica"
        }
    }
}

extension CatalogError {
    /// What SQLite says, as far as it tells what helps.
    ///
    /// Source: https://sqlite.org/rescode.html
    init(_ error: DatabaseError, path: String) {
        let reason = error.message ?? "\(error.resultCode)"
        func failure(_ code: Code, _ words: String) -> CatalogError {
            CatalogError(code, path: path, reason: "\(words) (\(reason))")
        }
        switch (error.resultCode, error.extendedResultCode) {
        case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _), (_, .SQLITE_IOERR_SHORT_READ),
            (_, .SQLITE_IOERR_READ), (.SQLITE_FORMAT, _):
            self = failure(.damaged, "it is damaged")
        case (.SQLITE_FULL, _):
            self = failure(.full, "its disk is full")
        case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _):
            self = failure(.busy, "another run holds it")
        case (.SQLITE_READONLY, _), (.SQLITE_CANTOPEN, _), (.SQLITE_PERM, _), (.SQLITE_IOERR, _):
            if let obstacle = Self.obstacle(at: path) {
                self = obstacle
            } else {
                self = failure(.unwritable, "it cannot be written")
            }
        // Tables or values that are not there, or not of their kind, though the schema is of this version.
        case (.SQLITE_ERROR, _), (.SQLITE_MISMATCH, _), (.SQLITE_SCHEMA, _), (.SQLITE_CONSTRAINT, _):
            self = failure(.damaged, "it is not as it was written")
        default:
            self = failure(.other, "it cannot be used")
        }
    }

    /// What the file system says of a catalog that could not be used; nil where it says nothing against it.
    static func obstacle(at path: String) -> CatalogError? {
        func obstacle(_ code: Code, _ reason: String) -> CatalogError {
            CatalogError(code, path: path, reason: reason)
        }
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { return obstacle(.damaged, "it is no file") }
            guard status.st_size > 0 else { return obstacle(.damaged, "it is empty") }
        } else if errno != ENOENT {
            let failure = SystemFailure.last
            // What is wrong with a folder above it, setting it aside does not put right.
            guard failure.number == ELOOP, lstat(path, &status) == 0 else {
                return obstacle(.unwritable, "it cannot be reached: \(failure)")
            }
            return obstacle(.damaged, "it is a link that leads to itself")
        }
        for log in ["-wal", "-shm"]
        where lstat(path + log, &status) == 0 && status.st_mode & S_IFMT != S_IFREG {
            return obstacle(.damaged, "its log is no file")
        }
        let folder = parentFolder(of: path)
        var space = statvfs()
        if statvfs(folder, &space) == 0, space.f_flag & UInt(ST_RDONLY) == 0, isFull(space) {
            return obstacle(.full, "its disk is full")
        }
        for place in [folder, path] where access(place, F_OK) == 0 && access(place, R_OK | W_OK) != 0 {
            return obstacle(.unwritable, "it cannot be written: \(SystemFailure.last)")
        }
        return nil
    }

    /// Less than what SQLite makes before it writes the first row.
    private static func isFull(_ space: statvfs) -> Bool {
        UInt64(space.f_bavail) * UInt64(space.f_frsize) < 256 << 10
            || space.f_favail == 0 && space.f_files > 0
    }
}

/// The folder that a path from the root is in.
func parentFolder(of path: String) -> String {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
}
