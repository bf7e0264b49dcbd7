internal import CLinux

/// How the C library's allocator is set up for a program that handles whole packs in a few threads.
enum Allocator {
    /// Call before the first thread is started.
    ///
    /// Memory of a pack's size stays with the program when it is freed: its pages need not be mapped and cleared for
    /// the next pack.
    static func prepare() {
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 64 << 20)
    }
}
