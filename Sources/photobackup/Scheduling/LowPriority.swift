internal import CLinux
internal import Foundation
internal import Glibc

/// Lets everything else on the machine go first: the lowest priority for the processor, and the disk when nobody else
/// wants it.
///
/// Both belong to threads on Linux: those that are there get them, and those that come inherit them. Nothing is said
/// where the system refuses.
///
/// Source: setpriority(2), ioprio_set(2).
enum LowPriority {
    static func take() {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        for thread in threads.compactMap({ id_t($0) }) {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread, 19)
            clinux_ioprio_idle(pid_t(thread))
        }
    }
}
