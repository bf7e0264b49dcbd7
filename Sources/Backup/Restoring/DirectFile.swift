import CLinux
import Glibc

/// A file opened a second time, to write whole blocks straight from memory to the medium, past the page cache.
///
/// What it does not write is to be written through the cache: the two never touch the same page.
final class DirectFile: Sendable {
    /// Smaller files are not worth a second descriptor.
    static let leastByteCount = 1 << 20
    /// What memory, offset and length must be multiples of; at least what any medium asks for, and a page.
    private static let blockByteCount = 4096

    private let descriptor: Int32

    /// nil where the file system knows no such writing.
    init?(_ file: TemporaryName) {
        descriptor = file.name.withCString { name in
            openat(file.folder.descriptor, name, O_WRONLY | clinux_o_direct | O_NOFOLLOW | O_CLOEXEC)
        }
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Writes as many whole blocks as there are and as the file system takes, and tells how many bytes these were:
    /// none where memory or offset is not aligned. What went wrong will go wrong, and be told, through the cache.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
        guard Int(bitPattern: bytes.baseAddress) % Self.blockByteCount == 0,
            position % Self.blockByteCount == 0
        else { return 0 }
        let whole = bytes.count - bytes.count % Self.blockByteCount
        var done = 0
        while done < whole {
            let count = pwrite(descriptor, bytes.baseAddress! + done, whole - done, off_t(position + done))
            if count < 0, errno == EINTR { continue }
            // A medium that is full takes a part of a block: the rest is not for this way.
            guard count > 0, count % Self.blockByteCount == 0 else { break }
            done += count
        }
        return done
    }
}
