import Foundation
import ProgramTesting

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
