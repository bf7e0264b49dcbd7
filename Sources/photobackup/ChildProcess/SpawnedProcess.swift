internal import CLinux
internal import Glibc
internal import Processes

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
            var start = ProgramStart(program, ["photobackup"] + arguments, environment: .empty)
            (start.input, start.output) = (.descriptor(toChild[0]), .descriptor(fromChild[1]))
            (start.error, start.closesAllElse, start.leadsGroup) = (.nothing, true, true)
            (process, failure) = start.start()
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
}
