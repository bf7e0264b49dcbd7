internal import Foundation
internal import GRDB
internal import Glibc
internal import Synchronization

/// A folder for a catalog that ends with the run: it is removed with this value.
final class ScratchCatalogFolder: Sendable {
    let path: String

    /// - Parameter byteCount: how much room is wanted.
    /// - Throws: `CatalogError` where no place for temporary files has that.
    init(byteCount: UInt64) throws(CatalogError) {
        for place in Self.places where Self.hasRoom(place, for: byteCount) {
            var template = Array("\(place)/photobackup-catalog-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            Self.removeAtExit(path)
            return
        }
        throw CatalogError(
            .full, path: Self.places[0], reason: "no place for temporary files has room for a catalog either")
    }

    deinit { Self.remove(path) }

    /// Those that are there. A process that ends does not wait for whoever still holds one.
    private static let left = Mutex<Set<String>>([])

    private static let atExit: Void = {
        atexit {
            for path in ScratchCatalogFolder.left.withLock({ $0 }) { ScratchCatalogFolder.remove(path) }
        }
    }()

    private static func removeAtExit(_ path: String) {
        _ = atExit
        left.withLock { _ = $0.insert(path) }
    }

    private static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        left.withLock { _ = $0.remove(path) }
    }

    var catalogPath: String { "\(path)/catalog.sqlite" }

    /// Files on a disk before files in memory: a large vault's catalog has hundreds of megabytes.
    private static let places: [String] = {
        var places = ["/tmp", "/var/tmp", "/dev/shm"]
        if let chosen = getenv("TMPDIR").map({ String(cString: $0) }), chosen.hasPrefix("/") {
            places.insert(chosen, at: 0)
        }
        return places
    }()

    private static func hasRoom(_ place: String, for byteCount: UInt64) -> Bool {
        var space = statvfs()
        guard access(place, W_OK | X_OK) == 0, statvfs(place, &space) == 0 else { return false }
        return UInt64(space.f_bavail) * UInt64(space.f_frsize) > byteCount
    }
}

extension ScratchCatalogFolder {
    /// What the catalogs that are made in it need at the least.
    private static let ownByteCount: UInt64 = 16 << 20

    /// A catalog in the place of the one at `path`: a copy of it, unless it is damaged, or an empty one.
    ///
    /// - Throws: `CatalogError`.
    static func catalog(inPlaceOf path: String, copying: Bool) throws(CatalogError) -> Catalog {
        if copying, let copy = try? copy(of: path) { return copy }
        let folder = try ScratchCatalogFolder(byteCount: ownByteCount)
        return try Catalog(path: folder.catalogPath, scratch: folder)
    }

    /// SQLite's own copy where it can read the file where it is; else one of the files, as on a read-only file system.
    private static func copy(of path: String) throws -> Catalog {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else {
            throw CatalogError(.unwritable, path: path, reason: "it cannot be read")
        }
        // The log is copied too, and joined with the file.
        let folder = try ScratchCatalogFolder(byteCount: ownByteCount + 2 * UInt64(status.st_size))
        do {
            try copy(path, to: folder.catalogPath)
        } catch {
            for suffix in ["", "-wal"] {
                let (from, to) = (path + suffix, folder.catalogPath + suffix)
                try? FileManager.default.removeItem(atPath: to)
                guard suffix.isEmpty || access(from, F_OK) == 0 else { continue }
                try FileManager.default.copyItem(atPath: from, toPath: to)
                chmod(to, 0o600)
            }
        }
        let copy = try Catalog(path: folder.catalogPath, scratch: folder)
        // Files that somebody wrote meanwhile may not belong together.
        if let fault = try copy.faults().first { throw CatalogError(.damaged, path: path, reason: fault) }
        return copy
    }

    private static func copy(_ path: String, to destination: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        let source = try DatabaseQueue(path: path, configuration: configuration)
        let target = try DatabaseQueue(path: destination)
        try source.backup(to: target)
        try source.close()
        try target.close()
    }
}
