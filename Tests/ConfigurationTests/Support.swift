import Configuration
import Foundation
import Synchronization
import Testing

/// A folder of the test's own, removed at its end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/photobackup-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// Collects warnings.
final class Warnings: Sendable {
    private let all = Mutex<[ConfigurationWarning]>([])
    var handler: WarningHandler { { [self] warning in all.withLock { $0.append(warning) } } }
    var list: [ConfigurationWarning] { all.withLock { $0 } }
}

func parse(
    _ text: String, environment: [String: String] = ["HOME": "/home/ada"]
) throws -> BackupConfiguration {
    try BackupConfiguration.parse(
        Array(text.utf8), file: "c.toml", environment: ProcessEnvironment(environment))
}

let bucket = """
    [[provider]]
    name = "backblaze"
    endpoint = "https://s3.example.com"
    region = "eu"
    bucket = "photos"

    """
let shelf = """
    [[provider]]
    name = "shelf"
    path = "/media/shelf"

    """

/// Runs what blocks on a thread of its own: the few threads of tasks must stay free for what is waited for.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
