internal import Glibc
internal import Threads

/// Turns SIGINT, SIGTERM and SIGHUP into the cancelling of a task; the second one ends the program at once.
///
/// The signals are blocked in every thread, and one thread waits for them: no code of ours runs inside a signal
/// handler. SIGPIPE is ignored, so that a reader who goes away shows as an error of `write`. A SIGHUP that is
/// ignored when the program starts, as by `nohup`, stays ignored.
public enum Interruption {
    /// Blocks the signals. To be called on the main thread before there is any other, which inherits it.
    public static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        // A shell without job control starts programs in the background with SIGINT ignored. Who then sends it
        // means it.
        signal(SIGINT, SIG_DFL)
        var signals = handled()
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Calls `first` for the first signal, and for the second `last`, after which the program exits with 130.
    /// Both run on the waiting thread. Where there is none to be had, the first signal ends the program at once.
    public static func watch(first: @escaping @Sendable () -> Void, last: @escaping @Sendable () -> Void) {
        let isWatched: Void? = try? startThread {
            var signals = handled()
            var number: CInt = 0
            while sigwait(&signals, &number) != 0 {}
            first()
            while sigwait(&signals, &number) != 0 {}
            last()
            _exit(ExitStatus.interrupted.rawValue)
        }
        guard isWatched == nil else { return }
        var signals = handled()
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func handled() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            != unsafeBitCast(SIG_IGN, to: Int.self)
        {
            sigaddset(&signals, SIGHUP)
        }
        return signals
    }
}
