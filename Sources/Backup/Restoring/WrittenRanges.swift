internal import Crypto
import Glibc
internal import Synchronization

/// What was written of a file, to be compared with what its file system gives back.
final class WrittenRanges: Sendable {
    private struct Range {
        let offset: UInt64
        let byteCount: Int
        let digest: SHA256Digest
    }

    private let ranges = Mutex<[Range]>([])

    /// From any thread.
    func note(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        var hash = SHA256()
        hash.update(bytes)
        let range = Range(offset: offset, byteCount: bytes.count, digest: hash.finalize())
        ranges.withLock { $0.append(range) }
    }

    /// Whether the file gives back every byte of it, past the page cache where the system lets go of it. Blocks.
    ///
    /// To be called when the file is on the disk: what is not yet there stays in the cache.
    /// Source: `posix_fadvise(2)`, POSIX_FADV_DONTNEED.
    func areWhole(in file: OpenFile) throws(SystemFailure) -> Bool {
        posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
        let written = ranges.withLock { $0.sorted { $0.offset < $1.offset } }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: written.map(\.byteCount).max() ?? 0, alignment: 64)
        defer { buffer.deallocate() }
        for range in written {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.byteCount])
            guard try file.read(into: piece, at: range.offset) == range.byteCount else { return false }
            guard SHA256.hash(UnsafeRawBufferPointer(piece).bytes) == range.digest else { return false }
        }
        return true
    }
}
