internal import Glibc
internal import Terminal
internal import Threads

/// What the machine must let the program have, looked at before its first task.
enum StartLimits {
    /// Enough for every connection and folder; more makes programs slow that go through all of them.
    private static let descriptorTarget = 1 << 16
    /// The catalog, the directories and the connections of three providers, and some files.
    private static let fewestDescriptors = 64
    /// Besides the threads of tasks: for signals, the scan, a transfer loop for each of three providers, and some more.
    private static let fewestThreads = 8

    /// Raises the soft limit of open files to the hard one. Call before the first thread is started.
    ///
    /// - Returns: why the program could not do its work; nil where it can.
    static func prepare() -> Diagnostic? {
        let count = raiseDescriptorLimit()
        guard count >= fewestDescriptors else {
            return Diagnostic(
                what: "limits",
                why: "only \(count) files may be open at a time, and it takes \(fewestDescriptors)",
                hint: "raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service)")
        }
        do throws(ThreadError) {
            try ThreadSupply.check(for: fewestThreads + sysconf(CInt(_SC_NPROCESSORS_ONLN)))
            return nil
        } catch {
            return Diagnostic(what: "limits", why: error.description, hint: error.hint)
        }
    }

    private static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return descriptorTarget }
        let target = min(limit.rlim_max, rlim_t(descriptorTarget))
        if limit.rlim_cur < target {
            let raised = rlimit(rlim_cur: target, rlim_max: limit.rlim_max)
            if setrlimit(resource, [raised]) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
