internal import Foundation

/// When the last scheduled run began, and how it ended. Where it is lost, one run more takes place.
struct ScheduleRecord: Codable, Sendable {
    var started: Int64
    var ended: Int64?
    var exitCode: Int32?

    /// nil where there is none, or none that can be read.
    static func read(from file: String) -> ScheduleRecord? {
        (try? Data(contentsOf: URL(fileURLWithPath: file))).flatMap {
            try? JSONDecoder().decode(ScheduleRecord.self, from: $0)
        }
    }

    static func remove(_ file: String) { try? FileManager.default.removeItem(atPath: file) }

    func write(to file: String) throws {
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: file), options: .atomic)
    }
}
