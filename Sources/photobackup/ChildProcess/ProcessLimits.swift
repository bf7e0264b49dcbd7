internal import CLinux
internal import Glibc

/// What a process may take and do that reads bytes that others made. Whatever takes it over cannot lift it again.
enum ProcessLimits {
    /// From here to its end, whoever started it.
    static let seconds = 30
    static let processorSeconds = 20
    /// Of address space: all that it can have in memory.
    static let memoryByteCount = 2 << 30

    /// Limits this process. It ends by a signal at the limits of time; at the others, calls fail.
    static func apply() {
        limit(RLIMIT_CPU, processorSeconds)
        limit(RLIMIT_AS, memoryByteCount)
        // Its pipes are open. It opens no file and no connection any more, not even in the place of one of them.
        limit(RLIMIT_NOFILE, 0)
        limit(RLIMIT_FSIZE, 0)
        limit(RLIMIT_CORE, 0)
        // A core that a program takes from the kernel has no limit; it would be somebody's picture.
        _ = clinux_forbid_core_dump()
        alarm(UInt32(seconds))
    }

    private static func limit(_ resource: __rlimit_resource, _ value: Int) {
        let resource = __rlimit_resource_t(resource.rawValue)
        var limit = rlimit()
        // Who may start programs with less has said so.
        getrlimit(resource, &limit)
        let value = min(limit.rlim_max, rlim_t(value))
        limit = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(resource, &limit)
    }
}
