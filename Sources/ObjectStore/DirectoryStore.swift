public import Crypto
internal import Synchronization
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A directory as a store: an external disk, a NAS. Objects are plain files under their own names, so that the
/// replica can be read, and moved into a bucket, with any tool.
///
/// An object is written under another name, flushed, renamed and its directory flushed: it is there whole or
/// not at all, and after `put` also after a power cut. What a killed run has left of one under its other name goes with
/// the first `put` a day later; reading changes nothing. Blocking calls run on four threads of its own; a call
/// whose task is cancelled before its turn throws `cancelled`, and one that runs already finishes.
public final class DirectoryStore: ObjectStore {
    public let name: String
    public let path: String
    private let threads = BlockingThreads(count: 4)
    private let isSwept = Atomic(false)
    /// What the directory holds at least one of, where that is known.
    private let landmarks = Mutex<[String]>([])

    /// - Parameter path: a directory, which must exist by the time of the first call: one that is made when it
    ///   is missing would fill the mount point of a disk that is not there.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }

    /// Takes the directory for one that holds at least one of these folders: where it holds none, every call fails with
    /// `containerNotFound`. What is at the path then is the empty mount point of a disk that is away, and what was put
    /// there would fill another disk.
    public func expect(anyOf folders: [String]) {
        landmarks.withLock { $0 = folders }
    }

    public func put(
        _ key: ObjectKey, _ bytes: ObjectBytes, sha256: SHA256Digest
    ) async throws(ObjectStoreError) {
        try await run(key.rawValue) { [self] root throws(Errno) in
            if !isSwept.exchange(true, ordering: .relaxed) { TemporaryFiles.removeAbandoned(below: root) }
            let file = root.appending(key.rawValue)
            let temporary = TemporaryFiles.newPath(below: root)
            let access = DirectoryAccess(of: root)
            try Self.makeDirectory(temporary.removingLastComponent(), below: root, access)
            do throws(Errno) {
                try Self.write(bytes, to: temporary, access)
                try Self.makeDirectory(file.removingLastComponent(), below: root, access)
                try check { rename(temporary.string, file.string) }
                try Self.flush(directory: file.removingLastComponent())
            } catch {
                unlink(temporary.string)
                throw error
            }
        }
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectBytes {
        let content: ObjectBytes? = try await run(key.rawValue) { root throws(Errno) in
            let file = try OpenFile(reading: root.appending(key.rawValue))
            let byteCount = Int(try Self.regular(file.status()).st_size)
            let part = range ?? 0..<byteCount
            guard part.upperBound <= byteCount, part.count <= maximumByteCount else { return nil }
            let bytes = ObjectBytes(capacity: part.count)
            try bytes.append(count: part.count) { buffer throws(Errno) in
                try file.read(into: buffer, at: part.lowerBound)
            }
            return bytes
        }
        guard let content else {
            throw error(
                .damaged, key.rawValue,
                "the object is longer than the \(maximumByteCount) bytes it may have, or shorter than asked for"
            )
        }
        return content
    }

    public func digest(
        of key: ObjectKey, maximumByteCount: Int
    ) async throws(ObjectStoreError) -> ObjectDigest {
        let digest: ObjectDigest? = try await run(key.rawValue) { root throws(Errno) in
            let file = try OpenFile(reading: root.appending(key.rawValue))
            let byteCount = Int(try Self.regular(file.status()).st_size)
            guard byteCount <= maximumByteCount else { return nil }
            return ObjectDigest(sha256: try Self.digest(of: file, byteCount), byteCount: byteCount)
        }
        guard let digest else {
            throw error(
                .damaged, key.rawValue, "the object is longer than the \(maximumByteCount) bytes it may have")
        }
        return digest
    }

    public func head(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo {
        try await run(key.rawValue) { root throws(Errno) in
            let status = try Self.status(of: root.appending(key.rawValue))
            return ObjectInfo(
                key: key, byteCount: Int(status.st_size), modified: Int64(status.st_mtim.tv_sec))
        }
    }

    public func list(
        prefix: String, continuing token: String?
    ) async throws(ObjectStoreError) -> ListPage {
        guard let last = token.map({ [UInt8](hex: $0) }) ?? [] else {
            throw error(.malformedAnswer, prefix, "no token of this store")
        }
        return try await run(prefix.isEmpty ? nil : prefix) { root throws(Errno) in
            var listing = DirectoryListing(root: root, prefix: Array(prefix.utf8), after: last)
            return try listing.page()
        }
    }

    public func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try await run(key.rawValue) { root throws(Errno) in
            do throws(Errno) {
                try check { unlink(root.appending(key.rawValue).string) }
            } catch .noSuchFileOrDirectory {
                return
            }
        }
    }

    // MARK: Files

    /// Hashes in pieces that stay in the processor's cache.
    private static func digest(of file: borrowing OpenFile, _ byteCount: Int) throws(Errno) -> SHA256Digest {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { piece.deallocate() }
        var hash = SHA256()
        for start in stride(from: 0, to: byteCount, by: piece.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, byteCount - start)])
            try file.read(into: part, at: start)
            hash.update(UnsafeRawBufferPointer(part))
        }
        return hash.finalize()
    }

    private static func write(
        _ bytes: ObjectBytes, to path: FilePath, _ access: DirectoryAccess
    ) throws(Errno) {
        let file = try OpenFile(creating: path)
        file.share(access)
        try bytes.withUnsafeBytes { bytes throws(Errno) in try file.write(bytes) }
        // What closing could still report, flushing has.
        try file.flush()
    }

    /// Makes what is missing of `directory`, each part durably; the root itself must be there.
    private static func makeDirectory(
        _ directory: FilePath, below root: FilePath, _ access: DirectoryAccess
    ) throws(Errno) {
        guard directory != root else { return }
        do throws(Errno) {
            try make(directory, access)
        } catch .fileExists {
            return
        } catch .noSuchFileOrDirectory {
            let parent = directory.removingLastComponent()
            try makeDirectory(parent, below: root, access)
            do throws(Errno) {
                try make(directory, access)
            } catch .fileExists {
                return  // Another put made it meanwhile.
            }
            try flush(directory: parent)
        }
    }

    private static func make(_ directory: FilePath, _ access: DirectoryAccess) throws(Errno) {
        try check { mkdir(directory.string, DirectoryAccess.directoryMode) }
        try OpenFile(reading: directory).share(access, isDirectory: true)
    }

    private static func flush(directory: FilePath) throws(Errno) {
        do throws(Errno) {
            try OpenFile(reading: directory).flush()
        } catch .invalidArgument {
            return  // A file system (some network ones) that cannot flush directories.
        }
    }

    /// Whether none of the folders is there. One that cannot be looked at may be: the call itself tells why it fails.
    private static func isBare(_ root: FilePath, of folders: [String]) -> Bool {
        folders.allSatisfy { folder in
            do throws(Errno) {
                try checkDirectory(root.appending(folder))
                return false
            } catch {
                return error == .noSuchFileOrDirectory || error == .notDirectory
            }
        }
    }

    private static func checkDirectory(_ path: FilePath) throws(Errno) {
        var status = stat()
        try check { stat(path.string, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
    }

    private static func status(of path: FilePath) throws(Errno) -> stat {
        var status = stat()
        try check { lstat(path.string, &status) }
        return try regular(status)
    }

    /// A directory or a link of an object's name is no object.
    private static func regular(_ status: stat) throws(Errno) -> stat {
        guard status.st_mode & S_IFMT == S_IFREG else { throw .noSuchFileOrDirectory }
        return status
    }

    // MARK: Errors

    func run<Value: Sendable>(
        _ object: String?, _ body: @escaping @Sendable (FilePath) throws(Errno) -> Value
    ) async throws(ObjectStoreError) -> Value {
        let root = FilePath(path)
        let landmarks = landmarks.withLock { $0 }
        let result: Result<Value, Errno>
        do {
            result = try await threads.run {
                do throws(Errno) {
                    // Asked each time: a disk can go at any moment, and its empty mount point is no empty store.
                    try Self.checkDirectory(root)
                } catch {
                    return .failure(.rootIsMissing)
                }
                guard landmarks.isEmpty || !Self.isBare(root, of: landmarks) else {
                    return .failure(.rootIsBare)
                }
                return Result { () throws(Errno) in try body(root) }
            }
        } catch {
            throw self.error(.cancelled, object, "cancelled")
        }
        return try result.mapError { describe($0, object) }.get()
    }

    private func describe(_ cause: Errno, _ object: String?) -> ObjectStoreError {
        switch cause {
        case .rootIsMissing:
            error(.containerNotFound, object, "\(path) is not there", hint: "is the disk mounted?")
        case .rootIsBare:
            error(
                .containerNotFound, object, "\(path) held a replica, and holds nothing of it now",
                hint: "is the disk mounted? where it is a new one, photobackup provider add \(name) fills it")
        case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
            error(.notFound, object, "no such object")
        case .noSpace, .diskQuotaExceeded:
            error(.outOfSpace, object, "no room left at \(path)", hint: "make room, or use a larger disk")
        case .permissionDenied, .notPermitted:
            error(.accessDenied, object, "access denied", hint: "allow this user to read and write \(path)")
        case .readOnlyFileSystem:
            error(.accessDenied, object, "\(path) is mounted read-only", hint: "mount it for writing")
        default:
            error(.system, object, "\(cause)")
        }
    }

    private func error(
        _ code: ObjectStoreError.Code, _ object: String?, _ reason: String, hint: String? = nil
    ) -> ObjectStoreError {
        ObjectStoreError(code, store: name, object: object, reason: reason, hint: hint)
    }
}

extension Errno {
    /// No errno of the system: the store's own directory is not there.
    fileprivate static let rootIsMissing = Errno(rawValue: -1)
    /// Nor this: it is there, and holds nothing that it must.
    fileprivate static let rootIsBare = Errno(rawValue: -2)
}
