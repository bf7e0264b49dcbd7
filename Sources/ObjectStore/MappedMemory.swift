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
    /// Of a huge page, so that the memory is cleared and mapped in a few steps.
    private static let alignment = 2 << 20

    /// nil when there is no memory.
    static func map(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
        let length = (byteCount + 4095) & ~4095
        let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        madvise(memory, length, MADV_HUGEPAGE)
        return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }

    static func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        munmap(memory.baseAddress, (memory.count + 4095) & ~4095)
    }
}
