internal import CLinux
internal import Glibc

/// A process and this side's ends of its pipes. It ends with its owner, and what it has started with it.
struct SpawnedProcess: ~Copyable {
    /// What a process is ready for at one moment.
    struct Readiness {
        let takesInput: Bool
        /// Bytes, or the end of them.
        let hasOutput: Bool
        let hasEnded: Bool
    }

    private static let readByteCount = 1 << 16
    private static let closed: CInt = -1

    let process: pid_t
    /// Readable when the process has ended.
    private let watch: CInt
    private var input: CInt
    private var output: CInt

    private init(_ process: pid_t, input: CInt, output: CInt) {
        (self.process, self.input, self.output) = (process, input, output)
        watch = clinux_pidfd_open(process)
        for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    /// A program with pipes as standard input and output, and nothing else.
    static func start(_ program: String, _ arguments: [String]) throws(ChildProcessError) -> SpawnedProcess {
        var toChild = [closed, closed]
        var fromChild = [closed, closed]
        var process: pid_t = 0
        var failure = clinux_pipe(&toChild) == 0 && clinux_pipe(&fromChild) == 0 ? 0 : errno
        if failure == 0 {
            failure = spawn(&process, program, arguments, reading: toChild[0], writing: fromChild[1])
        }
        for end in [toChild[0], fromChild[1]] where end >= 0 { close(end) }
        guard failure == 0 else {
            for end in [toChild[1], fromChild[0]] where end >= 0 { close(end) }
            throw .notStarted(failure)
        }
        let started = SpawnedProcess(process, input: toChild[1], output: fromChild[0])
        guard started.watch >= 0 else { throw .notStarted(errno) }
        return started
    }

    deinit { _ = collect() }

    /// Ends what still runs, and returns how the process has ended, as `waitpid` tells it.
    consuming func end() -> CInt {
        let status = collect()
        discard self
        return status
    }

    private func collect() -> CInt {
        // The number is the process's own, and its group's, until it is collected.
        kill(-process, SIGKILL)
        for descriptor in [input, output, watch] where descriptor >= 0 { close(descriptor) }
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Waits until the process is ready for something; nil at the deadline. Blocks.
    func wait(until end: ContinuousClock.Instant) -> Readiness? {
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return nil }
            var ends = [
                pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds =
                left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard poll(&ends, nfds_t(ends.count), CInt(clamping: milliseconds + 1)) > 0 else { continue }
            let ready = ends.map { $0.revents != 0 }
            return Readiness(takesInput: ready[0], hasOutput: ready[1], hasEnded: ready[2])
        }
    }

    /// Writes what the process takes now, and takes it off; closes its input behind the last byte, or where it reads no more,
    /// which does not keep it from answering.
    mutating func write(_ rest: inout ArraySlice<UInt8>) {
        let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) }
        guard rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) else { return }
        close(input)
        input = Self.closed
    }

    /// Adds what the process has written, up to 64 KiB of it.
    mutating func read(into answer: inout [UInt8]) {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.readByteCount) { buffer, initialized in
            count = Glibc.read(output, buffer.baseAddress, buffer.count)
            initialized = max(0, count)
        }
        answer += bytes
        guard count == 0 else { return }
        close(output)
        output = Self.closed
    }

    /// The signals are as a fresh program expects them: this one blocks some, and ignores SIGPIPE.
    ///
    /// - Returns: 0, or an errno.
    private static func spawn(
        _ process: inout pid_t, _ program: String, _ arguments: [String], reading input: CInt,
        writing output: CInt
    ) -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        clinux_close_from_when_spawned(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own, which can be ended as one.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = (["photobackup"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        return posix_spawn(&process, program, &actions, &attributes, &words, &environment)
    }
}
