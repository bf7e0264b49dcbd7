#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Memory for objects as large as packs, straight from the system and back.
///
/// The allocator keeps what is freed, for each thread that ever received an object: three providers' threads kept more
/// than a restore has on its way.
enum MappedMemory {
    /// Smaller pieces are the allocator's.
    static let leastByteCount = 1 << 20

    /// nil where the system gives none: the allocator is asked then.
    ///
    /// Source: `mmap(2)`, which rounds up to whole pages, as `munmap(2)` does.
    static func map(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        // Cleared and mapped in a few steps, where the system has huge pages; else it works as well.
        madvise(memory, byteCount, MADV_HUGEPAGE)
        return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }

    static func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        munmap(memory.baseAddress, memory.count)
    }
}
