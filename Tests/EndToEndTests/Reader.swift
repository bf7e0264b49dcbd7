import Foundation
import ProgramTesting

/// The independent reader, `tools/photobackup_reader.py`.
enum Reader {
    static let tools = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "tools")

    static func start(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = []
    ) throws -> RunningProgram {
        try RunningProgram(
            [tools.appending(path: "photobackup_reader.py").path] + arguments, environment: environment,
            launcher: launcher, program: Python.path)
    }
}
