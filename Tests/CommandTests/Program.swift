import Foundation

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
final class RunningProgram: @unchecked Sendable {
    // @unchecked Sendable: Process is used by one test at a time.
    private let process = Process()
    private let output = Pipe()
    private let error = Pipe()

    /// The program beside the test bundle.
    static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (bundle as NSString).deletingLastPathComponent + "/photobackup"
    }()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        // HOME is nowhere, so that no test reads what the person at this machine configured.
        process.environment = ["HOME": "/nowhere", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
    }

    func send(_ signal: CInt) { kill(process.processIdentifier, signal) }

    /// What the program says next on standard error.
    func nextError() async -> String {
        let handle = error.fileHandleForReading
        return await blocking { String(decoding: handle.availableData, as: UTF8.self) }
    }

    /// Waits for the end; what `nextError` returned is not in the result.
    func finish() async -> ProgramRun {
        async let error = Self.readToEnd(of: self.error)
        async let output = Self.readToEnd(of: self.output)
        let (text, errorText) = await (output, error)
        return ProgramRun(exitCode: await exitCode(), output: text, error: errorText)
    }

    /// Waits for the program alone, where a child of it still holds the pipes.
    func exitCode() async -> Int32 {
        await blocking { [self] in
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    private static func readToEnd(of pipe: Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await blocking { String(decoding: handle.readDataToEndOfFile(), as: UTF8.self) }
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
