internal import Glibc

/// The two ends of a pipe, which programs that are started do not inherit.
///
/// `pipe2` is not in the Glibc module. Without it there is a moment in which a program that another thread
/// starts would inherit the ends; so whoever starts programs does both under one lock.
struct Pipe {
    let reading: CInt
    let writing: CInt

    /// nil when the system has no descriptors left, as errno then says.
    init?() {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
}
