import Foundation
import Synchronization
import Testing

/// A run of the built program.
struct ProgramRun {
    let exitCode: Int32
    let output: String
    let error: String

    /// The lines of JSON on standard output.
    var messages: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}

/// A program that runs, with pipes to what it says. It has no environment but what it is given.
///
/// Not Foundation's `Process`: that one waits for every program that inherits from this one too.
final class RunningProgram: Sendable {
    private static let starting = Mutex<Void>(())

    private let process: pid_t
    private let output: FileHandle
    private let error: FileHandle

    /// The program beside the test bundle.
    static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (bundle as NSString).deletingLastPathComponent + "/photobackup"
    }()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        // HOME is nowhere, so that no test reads what the person at this machine configured.
        let environment = ["HOME": "/nowhere", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        let arguments = ([Self.path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        // One at a time, so that no program inherits the pipes of another.
        let (process, output, error) = try Self.starting.withLock { _ in
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
            try #require(posix_spawn(&process, Self.path, &actions, nil, arguments, variables) == 0)
            return (process, output.fileHandleForReading, error.fileHandleForReading)
        }
        self.process = process
        self.output = output
        self.error = error
    }

    func send(_ signal: CInt) { kill(process, signal) }

    /// What the program says next on standard error.
    func nextError() async -> String {
        await blocking { [error] in String(decoding: error.availableData, as: UTF8.self) }
    }

    /// Waits for the end; what `nextError` returned before is not in the result. To be called once.
    func finish() async -> ProgramRun {
        async let error = Self.readToEnd(of: error)
        async let output = Self.readToEnd(of: output)
        return await ProgramRun(exitCode: exitCode(), output: output, error: error)
    }

    /// Waits for the program alone, where a child of it still holds the pipes. -1 when a signal ended it.
    func exitCode() async -> Int32 {
        await blocking { [process] in
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
        }
    }

    private static func readToEnd(of handle: FileHandle) async -> String {
        await blocking { String(decoding: handle.readDataToEndOfFile(), as: UTF8.self) }
    }
}

func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> ProgramRun {
    try await RunningProgram(arguments, environment: environment).finish()
}

/// A configuration file of a test's own, removed at its end.
final class ConfigurationFile {
    let path = FileManager.default.temporaryDirectory.path + "/photobackup-\(UUID().uuidString).toml"

    init(_ text: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// One bucket whose credentials come from a command.
    static func withCommand(_ command: String) throws -> ConfigurationFile {
        try ConfigurationFile(
            """
            [[provider]]
            name = "backblaze"
            endpoint = "https://s3.example.com"
            region = "eu"
            bucket = "photos"
            credentials_command = '''\(command) '''
            """)
    }
}

/// Runs what blocks on a thread of its own: the few threads of tasks must stay free for what is waited for.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
