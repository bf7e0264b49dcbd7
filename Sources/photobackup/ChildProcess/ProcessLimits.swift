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
    ///
    /// - Returns: false where the kernel has what limits calls and refuses it: then no such bytes are to be read.
    static func apply() -> Bool {
        limit(RLIMIT_CPU, processorSeconds)
        limit(RLIMIT_AS, memoryByteCount)
        guard clinux_forbid_new_privileges() == 0, clinux_forbid_files() >= 0 else { return false }
        // Its pipes are open. It opens no file and no connection any more, not even in the place of one of them.
        limit(RLIMIT_NOFILE, 0)
        limit(RLIMIT_FSIZE, 0)
        limit(RLIMIT_CORE, 0)
        limit(__RLIMIT_NPROC, 0)
        // A core that a program takes from the kernel has no limit; it would be somebody's picture.
        _ = clinux_forbid_looking_inside()
        alarm(UInt32(seconds))
        return clinux_forbid_all_but_computing() >= 0
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
