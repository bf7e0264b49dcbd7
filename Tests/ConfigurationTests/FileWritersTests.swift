import Foundation
import Testing

@testable import Configuration

/// A file that names commands, and who can change it.
@Suite struct FileWritersTests {
    private static let commands = [
        "password_command = \"c\"", "[hooks]\nbefore = \"c\"", "[hooks]\nafter = \"c\"",
        "[notify]\ncommand = \"c\"",
        """
        [[provider]]
        name = "p"
        endpoint = "https://p.example"
        region = "r"
        bucket = "photos"
        credentials_command = "c"
        """,
        """
        [share]
        url = "https://p.example/x"
        endpoint = "https://p.example"
        region = "r"
        bucket = "shares"
        credentials_command = "c"
        """,
    ]

    private let folder: URL
    private var file: String { folder.appending(path: "below/c.toml").path() }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "below"), withIntermediateDirectories: true)
        chmod(folder.path(), 0o755)
        chmod(folder.appending(path: "below").path(), 0o755)
    }

    private func load(_ text: String, mode: mode_t = 0o644) throws {
        try Data(text.utf8).write(to: URL(filePath: file))
        chmod(file, mode)
        _ = try BackupConfiguration.load(
            from: file, environment: ProcessEnvironment([:]), warn: { _ in })
    }

    private func code(_ body: () throws -> Void) -> ConfigurationError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ConfigurationError)?.code
        }
    }

    @Test(arguments: commands) func commandsOfAFileThatOthersMayWriteAreRefused(text: String) throws {
        #expect(code { try load(text) } == nil)
        #expect(code { try load(text, mode: 0o646) } == .writableByOthers)
        chmod(folder.path(), 0o757)
        #expect(code { try load(text) } == .writableByOthers)
        // In a folder like /tmp nobody takes away what is another's.
        chmod(folder.path(), 0o1757)
        #expect(code { try load(text) } == nil)
    }

    @Test func aFileWithoutCommandsMayBeAnybodys() throws {
        #expect(code { try load("quorum = 1", mode: 0o666) } == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
    func anotherUsersFileOrGroupIsRefused() throws {
        let text = Self.commands[0]
        try load(text)
        let below = folder.appending(path: "below").path()
        for path in [file, below] {
            #expect(chown(path, 4_001, 0) == 0)
            #expect(
                code {
                    _ = try BackupConfiguration.load(
                        from: file, environment: ProcessEnvironment([:]), warn: { _ in })
                } == .writableByOthers)
            #expect(chown(path, 0, 4_002) == 0 && chmod(path, 0o775) == 0)
            #expect(
                code {
                    _ = try BackupConfiguration.load(
                        from: file, environment: ProcessEnvironment([:]), warn: { _ in })
                } == .writableByOthers)
            #expect(chown(path, 0, 0) == 0)
            #expect(
                code {
                    _ = try BackupConfiguration.load(
                        from: file, environment: ProcessEnvironment([:]), warn: { _ in })
                } == nil)
        }
    }

    @Test func theTextOfTheRefusalSaysWhatToDo() {
        let error = #expect(throws: ConfigurationError.self) { try load(Self.commands[1], mode: 0o666) }
        #expect(error?.reason == "it can be written by everybody, and hooks.before is run as you")
        #expect(error?.hint?.contains("chmod go-w") == true)
    }
}
