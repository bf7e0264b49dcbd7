internal import Fuse
internal import Synchronization
internal import Vault

/// A file of a snapshot that somebody has open: any part of it is read by the chunks that hold it.
final class MountedFile: ReadableFile {
    /// What is fetched ahead of one reader at most.
    private static let aheadByteCount = 16 << 20

    private let references: [Reference]
    /// Where each chunk begins in the file.
    private let starts: [UInt64]
    private let size: UInt64
    private let chunks: ChunkSource
    private let readAhead: Mutex<ReadAhead>
    private let failure: @Sendable (any Error) -> ErrorNumber

    /// - Parameter failure: what a read fails with, of what went wrong.
    /// - Throws: `VaultError` where the content does not add up to the file's size.
    init(
        _ entry: Entry, _ references: [Reference], chunks: ChunkSource,
        failure: @escaping @Sendable (any Error) -> ErrorNumber
    ) throws(VaultError) {
        var starts: [UInt64] = []
        starts.reserveCapacity(references.count)
        var end: UInt64 = 0
        for reference in references {
            starts.append(end)
            end += UInt64(reference.plaintextByteCount)
        }
        guard end == entry.size, !references.contains(where: { $0.plaintextByteCount == 0 }) else {
            throw VaultError(.malformed, "entry", "its content does not add up to its size")
        }
        self.references = references
        self.starts = starts
        self.chunks = chunks
        self.failure = failure
        size = end
        let chunkByteCount = Int(references.first?.plaintextByteCount ?? 1)
        readAhead = Mutex(ReadAhead(limit: max(1, Self.aheadByteCount / chunkByteCount)))
    }

    func read(at offset: UInt64, byteCount: Int) async throws(ErrorNumber) -> ArraySlice<UInt8> {
        guard offset < size, byteCount > 0 else { return [] }
        let end = offset + min(UInt64(byteCount), size - offset)
        var chunk = self.chunk(at: offset)
        do {
            var part = try await read(offset..<end, of: chunk)
            // Mostly one chunk has all of it, and nothing is copied.
            while offset + UInt64(part.count) < end {
                chunk += 1
                part += try await read(offset + UInt64(part.count)..<end, of: chunk)
            }
            return part
        } catch {
            throw failure(error)
        }
    }

    /// As much of the range as the chunk holds, which begins in it.
    private func read(_ range: Range<UInt64>, of chunk: Int) async throws -> ArraySlice<UInt8> {
        let ahead = readAhead.withLock { $0.advance(to: chunk) }
        for next in references[(chunk + 1)...].prefix(ahead) { chunks.prepare(next) }
        let bytes = try await chunks.content(references[chunk])
        let start = Int(range.lowerBound - starts[chunk])
        return bytes[start..<min(bytes.count, start + range.count)]
    }

    /// The last that begins there or before.
    private func chunk(at offset: UInt64) -> Int {
        var (low, high) = (0, starts.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
