internal import Configuration
internal import Foundation
internal import Terminal
internal import Vault

/// The last runs on this machine, a line of JSON each, in the state folder. Where it is lost, nothing else is.
struct RunHistory: Sendable {
    struct Run: Codable, Sendable, Equatable {
        let command: String
        /// Seconds since 1970.
        let started: Int64
        let ended: Int64
        let exitCode: Int32
    }

    static let keptCount = 200
    /// Beyond it the file is written anew, with what is kept.
    private static let maximumByteCount: UInt64 = 64 << 10

    private let file: String

    init(stateFolder: String) { file = stateFolder + "/runs.jsonl" }

    /// Oldest first; a line that is none is left out.
    var runs: [Run] {
        guard let content = FileManager.default.contents(atPath: file) else { return [] }
        return content.split(separator: UInt8(ascii: "\n"))
            .compactMap { try? JSONDecoder().decode(Run.self, from: $0) }.suffix(Self.keptCount)
    }

    /// Adds a run, as far as that can be done: no run fails because of it.
    func add(_ run: Run) {
        guard let line = try? JSONEncoder().encode(run) else { return }
        try? FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        // One write, at the end: runs at the same time do not mix.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try? handle.write(contentsOf: line + [UInt8(ascii: "\n")])
        guard let size = try? handle.offset(), size > Self.maximumByteCount else { return }
        let lines = runs.compactMap { try? JSONEncoder().encode($0) }
        try? Data(lines.joined(separator: [UInt8(ascii: "\n")]) + [UInt8(ascii: "\n")])
            .write(to: URL(fileURLWithPath: file), options: .atomic)
    }
}

extension BackupConfiguration {
    /// Remembers how a run has ended.
    func record(
        _ command: String, started: UTCTime, _ result: Result<CommandOutcome, any Error>, wasCancelled: Bool
    ) {
        let status: ExitStatus =
            switch result {
            case .success(let outcome): outcome.status
            case .failure(let error): Failure(error, wasCancelled: wasCancelled).status
            }
        RunHistory(stateFolder: stateDirectory).add(
            RunHistory.Run(
                command: command, started: started.secondsSince1970, ended: UTCTime.now().secondsSince1970,
                exitCode: status.rawValue))
    }
}
