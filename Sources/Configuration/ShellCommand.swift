internal import Foundation
internal import Glibc
internal import Processes
internal import Synchronization
internal import Threads

/// A command of the configuration, run by `/bin/sh -c`, for what it prints or for what it does.
///
/// Standard input is `/dev/null` or what it is given, standard error is passed through, so that the command can speak
/// to the person. Its environment is this program's without secrets. Cancelling the task ends the command with SIGTERM.
public struct ShellCommand: Sendable {
    /// What no password and no credentials exceed.
    static let maximumByteCount = 1 << 16

    /// Held while a pipe is made and a program started, so that no other program inherits the pipe.
    private static let starting = Mutex<Void>(())

    let text: String
    /// The key or variable that holds the command, for messages.
    let setting: String
    /// What it reads.
    let input: [UInt8]
    /// What its environment has beyond this program's own, and secrets that it needs.
    let variables: [String: String]

    public init(_ text: String, setting: String, input: [UInt8] = [], variables: [String: String] = [:]) {
        self.text = text
        self.setting = setting
        self.input = input
        self.variables = variables
    }

    /// Runs it for what it does; what it prints goes to standard error.
    ///
    /// - Throws: `ConfigurationError` with `commandFailed` when it does not end with 0; `CancellationError`.
    public func run() async throws {
        _ = try await outcome { child throws(ConfigurationError) in
            try start(child, writingTo: STDERR_FILENO)
            try wait(for: child)
            return []
        }
    }

    /// Everything that the command prints. Errors: `ConfigurationError` with `commandFailed`,
    /// `CancellationError`.
    public func output() async throws -> [UInt8] {
        try await outcome { child throws(ConfigurationError) in try read(child) }
    }

    private func outcome(
        _ body: @escaping @Sendable (Child) throws(ConfigurationError) -> [UInt8]
    ) async throws -> [UInt8] {
        let child = Child()
        let result: Result<[UInt8], ConfigurationError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Waiting for the child blocks, which the threads of tasks must not.
                do throws(ThreadError) {
                    try startThread(patience: .seconds(10)) {
                        continuation.resume(
                            returning: Result { () throws(ConfigurationError) in try body(child) })
                    }
                } catch {
                    continuation.resume(
                        returning: .failure(
                            ConfigurationError(
                                .commandFailed, reason: "\(setting): \(error)", hint: error.hint)))
                }
            }
        } onCancel: {
            child.terminate()
        }
        try Task.checkCancellation()
        return try result.get()
    }

    private func failure(_ reason: String) -> ConfigurationError {
        ConfigurationError(
            .commandFailed, reason: "\(setting): \(reason)",
            hint: "run the command in a shell to see what it says")
    }

    private func start(_ child: Child, writingTo output: CInt) throws(ConfigurationError) {
        let error = Self.starting.withLock { _ in child.start { spawn(writingTo: output) } }
        guard error == 0 else { throw failure(String(cString: strerror(error))) }
    }

    private func wait(for child: Child) throws(ConfigurationError) {
        let status = child.wait()
        if status & 0x7f != 0 { throw failure("the command was ended by signal \(status & 0x7f)") }
        let exitCode = (status >> 8) & 0xff
        if exitCode != 0 { throw failure("the command ended with exit code \(exitCode)") }
    }

    private func read(_ child: Child) throws(ConfigurationError) -> [UInt8] {
        let (pipe, error) = Self.starting.withLock { _ -> (Pipe?, CInt) in
            guard let pipe = Pipe() else { return (nil, errno) }
            let error = child.start { spawn(writingTo: pipe.writing) }
            close(pipe.writing)
            return (pipe, error)
        }
        defer { if let pipe { close(pipe.reading) } }
        guard let pipe, error == 0 else { throw failure(String(cString: strerror(error))) }

        let output = Result { () throws(TextFile.ReadError) in
            try TextFile.readToEnd(of: pipe.reading, maximumByteCount: Self.maximumByteCount)
        }
        try wait(for: child)
        do {
            return try output.get()
        } catch {
            throw failure(String(cString: strerror(error.errno)))
        }
    }

    private func spawn(writingTo output: CInt) -> (process: pid_t, error: CInt) {
        var shell = ProgramStart(
            "/bin/sh", ["/bin/sh", "-c", text], environment: .inherited(setting: variables))
        shell.output = .descriptor(output)
        // A file and not a pipe: a command that reads nothing of it must not end this program with a signal.
        let file = input.isEmpty ? nil : inputFile()
        defer { if let file { fclose(file) } }
        guard input.isEmpty || file != nil else { return (0, errno) }
        if let file { shell.input = .descriptor(fileno(file)) }
        return shell.start()
    }

    /// A file without a name that holds the input and is read from its beginning; nil where there is no room for it.
    private func inputFile() -> UnsafeMutablePointer<FILE>? {
        guard let file = tmpfile() else { return nil }
        guard fwrite(input, 1, input.count, file) == input.count, fflush(file) == 0 else {
            fclose(file)
            return nil
        }
        rewind(file)
        return file
    }
}

/// A process that another thread may end, but only while it is one: its number can be another's later.
private final class Child: Sendable {
    private enum State {
        case waiting
        case cancelled
        case running(pid_t)
        case ended
    }

    private let state = Mutex(State.waiting)

    /// Starts the process unless it was cancelled before; answers with an errno, 0 for success.
    func start(_ spawn: () -> (process: pid_t, error: CInt)) -> CInt {
        state.withLock { state in
            guard case .waiting = state else { return ECANCELED }
            let (process, error) = spawn()
            state = error == 0 ? .running(process) : .ended
            return error
        }
    }

    func terminate() {
        state.withLock { state in
            switch state {
            case .waiting: state = .cancelled
            case .running(let process): kill(process, SIGTERM)
            case .cancelled, .ended: break
            }
        }
    }

    /// The status of the process when it has ended, as `waitpid` tells it.
    func wait() -> CInt {
        guard case .running(let process) = state.withLock({ $0 }) else { return 0 }
        // Waits without taking the status, so that the number is still this process's in `terminate`.
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return state.withLock { state in
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            state = .ended
            return status
        }
    }
}
