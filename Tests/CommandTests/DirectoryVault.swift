import Foundation
import ProgramTesting

/// A vault in three directories, with a source folder for its collection "C"; all of it is removed at the end.
final class DirectoryVault {
    let folder = FileManager.default.temporaryDirectory.path + "/photobackup-\(UUID().uuidString)"
    let source: String

    /// - Parameter source: another folder than `source` below its own.
    init(source: String? = nil) async throws {
        self.source = source ?? folder + "/pictures"
        var text = "state = \"\(folder)/state\"\n"
        for name in ["d1", "d2", "d3"] {
            try Self.makeFolder("\(folder)/\(name)")
            text += "[[provider]]\nname = \"\(name)\"\npath = \"\(folder)/\(name)\"\n"
        }
        try Self.makeFolder(self.source)
        text += "[[collection]]\nname = \"C\"\nsources = [\"\(self.source)\"]\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
        let made = try await run("init", "--kdf-strength", "interactive")
        guard made.exitCode == 0 else { throw SetUpError(run: made) }
    }

    struct SetUpError: Error {
        let run: ProgramRun
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var configuration: String { folder + "/config.toml" }

    func write(_ text: String, to name: String) throws {
        try Self.makeFolder((source + "/" + name as NSString).deletingLastPathComponent)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(source)/\(name)"))
    }

    /// - Parameter launcher: as of `RunningProgram`.
    func run(
        _ arguments: String..., environment: [String: String] = [:], launcher: [String] = []
    ) async throws -> ProgramRun {
        let own = [
            "HOME": folder, "PHOTOBACKUP_CONFIG": configuration, "PHOTOBACKUP_PASSWORD": "correct horse 7Q",
        ]
        return try await RunningProgram(
            arguments, environment: own.merging(environment) { $1 }, launcher: launcher
        ).finish()
    }

    /// What the newest snapshot holds, by the paths that `ls` shows.
    func listed() async throws -> String { try await run("ls", "C").output }

    /// Restores the newest snapshot into a new folder, and returns that.
    func restored() async throws -> String {
        let destination = "\(folder)/restored-\(UUID().uuidString)"
        let run = try await run("restore", "C", "--to", destination)
        guard run.exitCode == 0 else { throw SetUpError(run: run) }
        return destination + "/" + (source as NSString).lastPathComponent
    }

    private static func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
