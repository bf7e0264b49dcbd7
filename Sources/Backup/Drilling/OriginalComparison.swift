internal import Glibc
internal import ObjectStore
internal import Vault

/// Holds restored files against the originals they were made of, where these are still there as they were.
struct OriginalComparison {
    enum Result {
        /// Byte for byte the same.
        case same
        /// Of the same size and times, and with other bytes: nobody wrote them.
        case rot
        /// Gone, or written since: there is nothing to compare with.
        case gone
    }

    private static let bufferByteCount = 1 << 20

    private let roots: [(name: EntryPath, path: String)]

    /// - Parameter sources: the folders that a collection is made of.
    init(_ sources: [SourceRoot]) {
        // One without a name of its own is in no snapshot.
        roots = sources.compactMap { source in (try? source.name()).map { ($0, source.path) } }
    }

    /// Where the original of an entry was; nil where its source is not known.
    func original(of path: EntryPath) -> String? {
        for root in roots where path.isWithin(root.name) {
            let below = path.bytes.dropFirst(root.name.bytes.count)
            return root.path + String(decoding: below, as: UTF8.self)
        }
        return nil
    }

    /// Compares an entry that was restored to `restored` with its original. Blocks.
    func compare(_ entry: Entry, restored: String) -> Result {
        guard let path = original(of: entry.path) else { return .gone }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            UInt64(status.st_size) == entry.size,
            Self.nanoseconds(status.st_mtim) == entry.modified
        else { return .gone }
        let changed = Self.nanoseconds(status.st_ctim)
        switch haveSameBytes(path, restored) {
        case true?: return .same
        // The kernel's time tells a program that sets the other one back, as exiftool -P does.
        case false? where changed == entry.changed: return .rot
        default: return .gone
        }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        UTCTime.nanoseconds(ofSeconds: Int64(time.tv_sec)).heldSum(Int64(time.tv_nsec))
    }

    /// nil where one of them cannot be read.
    private func haveSameBytes(_ first: String, _ second: String) -> Bool? {
        guard let first = fopen(first, "rb") else { return nil }
        defer { fclose(first) }
        guard let second = fopen(second, "rb") else { return nil }
        defer { fclose(second) }
        var buffers = (
            [UInt8](repeating: 0, count: Self.bufferByteCount),
            [UInt8](repeating: 0, count: Self.bufferByteCount)
        )
        while true {
            let counts = (
                fread(&buffers.0, 1, Self.bufferByteCount, first),
                fread(&buffers.1, 1, Self.bufferByteCount, second)
            )
            guard ferror(first) == 0, ferror(second) == 0 else { return nil }
            guard counts.0 == counts.1, buffers.0[..<counts.0] == buffers.1[..<counts.1] else { return false }
            if counts.0 < Self.bufferByteCount { return true }
        }
    }
}
