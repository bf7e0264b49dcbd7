import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

/// A machine with a home folder, a configuration and a password of its own, and nothing of the person's who runs
/// the tests. No output on it may hold a secret.
final class Machine: Sendable {
    static let password = "correct horse 7Q battery staple"

    let scratch: Scratch
    let replicas: [Replica]
    private let secrets: Mutex<[String]>

    /// - Parameter configuration: the file, if it is not simply the replicas.
    init(_ replicas: [Replica], configuration: String? = nil) throws {
        scratch = try Scratch()
        self.replicas = replicas
        secrets = Mutex([Self.password] + replicas.map(\.server.secretAccessKey))
        _ = try scratch.folder("home/.config/photobackup")
        try configure(configuration ?? replicas.configuration())
    }

    /// Takes away all that this machine remembers.
    func forget() throws {
        try FileManager.default.removeItem(atPath: scratch("home/.local/state/photobackup"))
    }

    func configure(_ text: String) throws {
        let path = scratch("home/.config/photobackup/config.toml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        _ = try check("chmod", chmod(path, 0o600))
    }

    /// A vault on the replicas, and this machine's key to it.
    static func withVault(on replicas: [Replica]) async throws -> Machine {
        let machine = try Machine(replicas)
        _ = try await machine.initialise()
        return machine
    }

    /// Lets no output on this machine hold this text.
    func guardSecret(_ secret: String) { secrets.withLock { $0.append(secret) } }

    /// Makes the vault and returns the 24 words.
    func initialise(_ options: String...) async throws -> String {
        let program = try start(
            ["init", "--json", "--kdf-strength", "interactive"] + options, environment: Self.withPassword)
        let run = await program.finish()
        try #require(run.exitCode == 0, "\(run)")
        let words = try #require(run.summary["recovery_phrase"] as? String)
        #expect(words.split(separator: " ").count == 24)
        secrets.withLock { $0.append(words) }
        return words
    }

    static let withPassword = ["PHOTOBACKUP_PASSWORD": password]

    func start(
        _ arguments: [String], environment: [String: String] = [:], launcher: [String] = []
    ) throws -> RunningProgram {
        try RunningProgram(
            arguments, environment: ["HOME": scratch("home")].merging(environment) { $1 }, launcher: launcher)
    }

    /// Runs the program to its end.
    func run(
        _ arguments: String..., environment: [String: String] = [:], launcher: [String] = []
    ) async throws -> ProgramRun {
        try await finish(start(arguments, environment: environment, launcher: launcher))
    }

    /// Waits for the end of a program that was started on this machine.
    func finish(_ program: RunningProgram) async -> ProgramRun {
        let run = await program.finish()
        if run.output.hasPrefix("{") {
            #expect(
                run.messages.count == run.output.split(separator: "\n").count, "a line is no JSON: \(run)")
            #expect(run.messages.allSatisfy { $0["message_type"] is String }, "\(run)")
            #expect(run.summary["exit_code"] as? Int == Int(run.exitCode), "\(run)")
        }
        for secret in secrets.withLock({ $0 }) {
            #expect(!run.output.contains(secret) && !run.error.contains(secret), "a secret was shown")
        }
        return run
    }

    /// Archives a folder as the collection "Shoot", and is told that all went well.
    @discardableResult
    func archive(_ folder: Folder, _ options: String..., exitCode: Int32 = 0) async throws -> ProgramRun {
        let run = await finish(
            try start(["archive", folder.text, "--as", "Shoot", "--json"] + options))
        #expect(run.exitCode == exitCode, "\(run)")
        return run
    }

    /// Restores the newest snapshot of "Shoot", all of which must come back, and returns the folder.
    func restore(
        _ options: [String] = [], environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let destination = scratch("restored-\(UUID().uuidString)")
        let run = await finish(
            try start(
                ["restore", "Shoot", "--to", destination, "--json"] + options, environment: environment))
        try #require(run.exitCode == 0, "\(run)", sourceLocation: sourceLocation)
        return destination
    }

    /// Expects that the folder of that name comes back as it was.
    func expectRestore(
        of original: FolderRecord, as name: String = "shoot", _ options: String...,
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let restored = try await restore(options, environment: environment, sourceLocation: sourceLocation)
        let differences = try FolderRecord("\(restored)/\(name)").differences(from: original)
        #expect(differences == [], sourceLocation: sourceLocation)
    }
}
