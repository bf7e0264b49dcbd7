public import Foundation

/// The built program, running, with pipes to what it says. It has no environment but what it is given.
public final class RunningProgram: @unchecked Sendable {
    // @unchecked Sendable: Process is used by one test at a time.
    private let process = Process()
    private let output = Pipe()
    public let error = Pipe()

    /// The program beside the test bundle.
    public static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (bundle as NSString).deletingLastPathComponent + "/photobackup"
    }()

    /// - Parameter launcher: a command that starts the program, which is added to its arguments.
    public init(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = ["/usr/bin/env"]
    ) throws {
        process.executableURL = URL(fileURLWithPath: launcher[0])
        process.arguments = Array(launcher.dropFirst()) + [Self.path] + arguments
        // HOME is nowhere, so that no test reads what the person at this machine configured.
        process.environment = ["HOME": "/nowhere", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
    }

    public func send(_ signal: CInt) { kill(process.processIdentifier, signal) }

    /// Waits for the end; what was read from `error` before is not in the result.
    public func finish() async -> ProgramRun {
        async let error = Self.readToEnd(of: self.error)
        async let output = Self.readToEnd(of: self.output)
        let (text, errorText) = await (output, error)
        return ProgramRun(exitCode: await exitCode(), output: text, error: errorText)
    }

    /// Waits for the program alone, where a child of it still holds the pipes.
    public func exitCode() async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [process] in
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
    }

    private static func readToEnd(of pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
