internal import Foundation
internal import Synchronization

/// The built program, running, with pipes to what it says. It has no environment but what it is given.
///
/// Not Foundation's `Process`: that one waits for every program that inherits from this one too.
public final class RunningProgram: Sendable {
    private static let starting = Mutex<Void>(())

    private let process: pid_t
    private let output: FileHandle
    private let error: FileHandle

    /// `PHOTOBACKUP_TEST_PROGRAM`, which may be the shipped build of it; else the program beside the test bundle.
    public static let path: String = {
        if let chosen = ProcessInfo.processInfo.environment["PHOTOBACKUP_TEST_PROGRAM"] { return chosen }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (bundle as NSString).deletingLastPathComponent + "/photobackup"
    }()

    /// - Parameters:
    ///   - launcher: a command that is run with the program and its arguments added to it, in place of the program
    ///     alone. Its first part is an absolute path.
    ///   - program: another one than the built program, by its absolute path.
    public init(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = [],
        program: String = RunningProgram.path
    ) throws {
        // HOME is nowhere, so that no test reads what the person at this machine configured.
        let environment = ["HOME": "/nowhere", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        let words = launcher + [program] + arguments
        let wordPointers = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in wordPointers + variables { free(text) } }
        // One at a time, so that no program inherits the pipes of another.
        (process, output, error) = try Self.starting.withLock { _ in
            let output = Pipe()
            let error = Pipe()
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output.fileHandleForWriting.fileDescriptor, 1)
            posix_spawn_file_actions_adddup2(&actions, error.fileHandleForWriting.fileDescriptor, 2)
            for pipe in [output, error] {
                for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                    _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
                }
            }
            var process: pid_t = 0
            let failure = posix_spawn(&process, words[0], &actions, nil, wordPointers, variables)
            guard failure == 0 else { throw StartError(program: words[0], number: failure) }
            return (process, output.fileHandleForReading, error.fileHandleForReading)
        }
    }

    struct StartError: Error, CustomStringConvertible {
        let program: String
        let number: CInt

        var description: String { "\(program): \(String(cString: strerror(number)))" }
    }

    public var processNumber: CInt { process }

    public func send(_ signal: CInt) { kill(process, signal) }

    /// What the program says next on standard error.
    public func nextError() async -> String {
        await blocking { [error] in String(decoding: error.availableData, as: UTF8.self) }
    }

    /// What the program says next on standard output.
    public func nextOutput() async -> String {
        await blocking { [output] in String(decoding: output.availableData, as: UTF8.self) }
    }

    /// Waits for the end; what `nextError` and `nextOutput` returned before is not in the result. To be called once.
    public func finish() async -> ProgramRun {
        async let error = Self.readToEnd(of: error)
        async let output = Self.readToEnd(of: output)
        return await ProgramRun(exitCode: exitCode(), output: output, error: error)
    }

    /// Waits for the program alone, where a child of it still holds the pipes. Less than 0, the number of the
    /// signal, when one ended it.
    public func exitCode() async -> Int32 {
        await blocking { [process] in
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        }
    }

    private static func readToEnd(of handle: FileHandle) async -> String {
        await blocking { String(decoding: handle.readDataToEndOfFile(), as: UTF8.self) }
    }
}
