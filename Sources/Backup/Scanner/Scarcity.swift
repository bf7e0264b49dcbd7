internal import Glibc

/// What to do where the machine has no descriptor or memory left for a call: that says nothing of the file, so it is waited
/// for, and then the run ends; nothing is called unreadable for it.
extension SystemFailure {
    /// How long a call is tried again. Files that are being read are closed in less.
    private static let patience = Duration.seconds(10)

    var isScarcity: Bool { [EMFILE, ENFILE, ENOMEM].contains(number) }

    /// Calls again, for some seconds, while what is lacking may be given back by other threads. Blocks.
    static func patiently<Result>(
        _ call: () throws(SystemFailure) -> Result
    ) throws(SystemFailure) -> Result {
        let end = ContinuousClock.now + patience
        while true {
            do throws(SystemFailure) {
                return try call()
            } catch {
                guard error.isScarcity, ContinuousClock.now < end else { throw error }
                usleep(10_000)
            }
        }
    }
}

extension SourceError {
    /// That nothing is wrong with `source`, but the machine lacks what it takes to open it.
    static func scarcity(_ source: String, _ failure: SystemFailure) -> SourceError {
        SourceError(
            .scarcity, source: source, reason: "\(failure), so it could not be opened; no snapshot was made",
            hint: failure.number == ENOMEM
                ? "give the program more memory, and run it again"
                : "raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service), and run it again")
    }
}

/// How many folders a scan may keep open, so that there are descriptors left for the files in them, the catalog and the
/// providers.
enum OpenFolderLimit {
    /// A walk cannot do with fewer; below this the run may end for want of them.
    private static let fewest = 8

    /// By the limit as it is when it is first asked for, which is after it was raised.
    static let current: Int = {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 256 }
        return max(fewest, (Int(clamping: limit.rlim_cur) - 128) / 2)
    }()
}
