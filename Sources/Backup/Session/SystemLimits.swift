internal import Foundation

/// What this machine has.
enum SystemLimits {
    /// Threads that read, seal and hash: as many as there are cores.
    static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// The version that `--version` shows and snapshots name.
public enum ProgramVersion {
    public static let current = "0.1.0"
    /// What providers are told.
    public static let userAgent = "photobackup/\(current)"
}
