internal import CLinux
import Glibc
import Synchronization
internal import Vault

/// A file that is being restored: nobody sees it under its name before it is whole and on the disk.
///
/// It is written under a `TemporaryName` in its folder, which goes when the file is discarded or let go of.
///
/// Of a large file, whole blocks go past the page cache where the file system can do that (O_DIRECT): nobody reads a
/// restored shoot in the next minute, and copying it into the cache took more processor time than opening it did.
final class FileInProgress: Sendable {
    /// A hole is left for each piece of zeros of this size, so that a sparse file is sparse again.
    private static let pieceSize = 64 << 10

    private let entry: Entry
    private let temporary: TemporaryName
    private let descriptor: Int32
    /// The same file, past the page cache.
    private let directFile: DirectFile?
    private let metadata: MetadataWriter
    /// Whether what is not written is zeros: a file system that makes no file longer than what was written has none.
    private let hasHoles: Bool
    private let written = Atomic<UInt64>(0)
    /// nil where the file is not read back.
    private let ranges: WrittenRanges?

    /// - Parameter readsBack: whether the file is read back before it gets its name; where nil, on FUSE alone.
    init(
        _ entry: Entry, in folder: DirectoryHandle, _ metadata: MetadataWriter, readsBack: Bool? = nil
    ) throws(RestoreError) {
        self.entry = entry
        self.metadata = metadata
        ranges = readsBack ?? (clinux_is_fuse(folder.descriptor) != 0) ? WrittenRanges() : nil
        do throws(SystemFailure) {
            (temporary, descriptor) = try TemporaryName.makeFile(in: folder)
        } catch {
            throw RestoreError(entry.path, error)
        }
        do throws(SystemFailure) {
            guard let size = off_t(exactly: entry.size) else { throw SystemFailure(EFBIG) }
            hasHoles = try Self.extend(descriptor, to: size)
            // What can so little is better not asked for more.
            directFile = hasHoles && entry.size >= DirectFile.leastByteCount ? DirectFile(temporary) : nil
        } catch {
            (hasHoles, directFile) = (false, nil)
            throw RestoreError(entry.path, error)
        }
    }

    /// Whether the file is as long as its entry now.
    private static func extend(_ descriptor: Int32, to size: off_t) throws(SystemFailure) -> Bool {
        do throws(SystemFailure) {
            try checked { ftruncate(descriptor, size) }
            return true
        } catch {
            guard [EPERM, EOPNOTSUPP, ENOSYS].contains(error.number) else { throw error }
            return false
        }
    }

    deinit {
        close(descriptor)
        temporary.remove()
    }

    /// Writes a part of the content; every byte of it once, in any order, from any thread.
    ///
    /// Throws `.outOfSpace` where there is no room, `.damaged` where the entry says that the file ends before.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(RestoreError) {
        guard offset <= entry.size, UInt64(bytes.count) <= entry.size - offset else {
            throw RestoreError(
                .damaged, entry.path, "its content is longer than the \(entry.size) bytes it had")
        }
        var rest = bytes
        var position = Int(offset)
        do throws(SystemFailure) {
            while !rest.isEmpty {
                let pieces = Self.prefixAlike(rest, at: position)
                if !pieces.isZero || !hasHoles {
                    try writeAll(UnsafeRawBufferPointer(rebasing: rest[..<pieces.count]), at: position)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[pieces.count...])
                position += pieces.count
            }
        } catch {
            throw RestoreError(entry.path, error)
        }
        ranges?.note(bytes, at: offset)
        written.add(UInt64(bytes.count), ordering: .relaxed)
    }

    /// Gives the file its owner, attributes, mode and time, waits until it is on the disk, and only then gives it
    /// its name. Returns a warning (`.metadata`) for each thing that the destination did not take.
    ///
    /// Throws `.exists` if the name is taken, unless `replacing`; `.occupied` if a folder has it; `.damaged` if
    /// not all of the content was written. Then nothing is left of the file.
    func finish(replacing: Bool) throws(RestoreError) -> [RestoreError] {
        try finish(replacing: replacing, orAnotherName: false).warnings
    }

    /// The same; where the name is taken or refused, the file gets another one if that is allowed.
    func finish(
        replacing: Bool, orAnotherName: Bool
    ) throws(RestoreError) -> (path: EntryPath, warnings: [RestoreError]) {
        do throws(RestoreError) {
            let count = written.load(ordering: .acquiring)
            guard count == entry.size else {
                throw RestoreError(.damaged, entry.path, "only \(count) of its \(entry.size) bytes are there")
            }
            let warnings = metadata.apply(entry, to: descriptor)
            try settle()
            do throws(SystemFailure) {
                let name = try temporary.take(
                    entry.path.name, replacing: replacing, orAnother: orAnotherName)
                return (entry.path.beside(name), warnings)
            } catch {
                throw RestoreError(entry.path, error)
            }
        } catch {
            discard()
            throw error
        }
    }

    /// Waits until the file is on the disk, and reads it back where that is asked for.
    private func settle() throws(RestoreError) {
        let isKept: Bool
        do throws(SystemFailure) {
            try sync()
            isKept = try ranges?.areWhole(in: OpenFile(temporary.name, in: temporary.folder)) ?? true
        } catch {
            throw RestoreError(entry.path, error)
        }
        guard isKept else {
            throw RestoreError(
                .lies, entry.path, "the file system there gives back other bytes than it was given")
        }
    }

    /// Some file systems have nothing that could be waited for, and say so.
    private func sync() throws(SystemFailure) {
        do throws(SystemFailure) {
            try checked { fsync(descriptor) }
        } catch {
            guard error.number == EINVAL || error.number == EOPNOTSUPP else { throw error }
        }
    }

    /// Removes what was written. Nothing happens to a file that is finished.
    func discard() { temporary.remove() }

    /// As many pieces from the beginning as are all zeros, or all not.
    private static func prefixAlike(
        _ bytes: UnsafeRawBufferPointer, at position: Int
    ) -> (count: Int, isZero: Bool) {
        var count = 0
        var isZero = false
        while count < bytes.count {
            let length = min(bytes.count - count, pieceSize - (position + count) % pieceSize)
            let piece = bytes.baseAddress! + count
            // Each byte equals the next, and the first is zero.
            let isPieceZero = piece.load(as: UInt8.self) == 0 && memcmp(piece, piece + 1, length - 1) == 0
            if count > 0, isPieceZero != isZero { break }
            isZero = isPieceZero
            count += length
        }
        return (count, isZero)
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(SystemFailure) {
        var done = directFile?.write(bytes, at: position) ?? 0
        while done < bytes.count {
            done += try checked {
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(position + done))
            }
        }
    }
}
