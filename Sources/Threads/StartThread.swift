#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// That the machine gives this program no further thread.
public struct ThreadError: Error, Sendable, CustomStringConvertible {
    /// The errno.
    public let number: CInt

    public var description: String {
        "the system gives no further thread: " + String(cString: strerror(number)).lowercased()
    }
    public var hint: String {
        "raise the limit of processes and threads (ulimit -u, TasksMax= of a service, the pids limit of a container)"
    }
}

/// Starts a detached thread that runs `body`, with every signal blocked: signals belong to the main thread,
/// and a connection closed by its peer must not end the program with SIGPIPE.
///
/// - Parameters:
///   - stackByteCount: nil for the system's own.
///   - patience: how long to try again where there is no thread to be had; blocks meanwhile.
/// - Throws: `ThreadError`; nothing was started then, and `body` is never called.
public func startThread(
    stackByteCount: Int? = nil, patience: Duration = .zero, _ body: @escaping @Sendable () -> Void
) throws(ThreadError) {
    let end = ContinuousClock.now + patience
    while true {
        let failure = createThread(stackByteCount, body)
        if failure == 0 { return }
        guard failure == EAGAIN, ContinuousClock.now < end else { throw ThreadError(number: failure) }
        usleep(20_000)
    }
}

/// - Returns: 0, or an errno.
private func createThread(_ stackByteCount: Int?, _ body: @escaping @Sendable () -> Void) -> CInt {
    final class Start {
        let body: @Sendable () -> Void
        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    if let stackByteCount { pthread_attr_setstacksize(&attributes, stackByteCount) }
    let start = Unmanaged.passRetained(Start(body: body))
    var thread = pthread_t()
    var every = sigset_t()
    var previous = sigset_t()
    sigfillset(&every)
    // A new thread inherits the mask of its maker, so that not even its first instruction sees a signal.
    pthread_sigmask(SIG_BLOCK, &every, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let failure = pthread_create(
        &thread, &attributes,
        { argument in
            Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
    if failure != 0 { start.release() }
    return failure
}
