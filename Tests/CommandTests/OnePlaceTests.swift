import Foundation
import Testing

@testable import Processes

/// What is said of every program that this one starts holds because there is one place that does.
@Suite struct OnePlaceTests {
    @Test func programsAreStartedInOnePlace() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let call = /\b(posix_spawnp?|execvp?e?|execlp?e?|fork|vfork|popen|system)\(|\bProcess\(\)/
        let files = try #require(FileManager.default.subpaths(atPath: sources.path())).filter {
            $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".h")
        }
        let starting = try files.filter { file in
            try String(contentsOf: sources.appending(path: file), encoding: .utf8).contains(call)
        }
        #expect(files.count > 100)
        #expect(starting == ["Processes/ProgramStart.swift"])
    }

    @Test(arguments: [
        ("PHOTOBACKUP_PASSWORD", true), ("PHOTOBACKUP_PASSWORD_COMMAND", true),
        ("PHOTOBACKUP_NEW_PASSWORD", true), ("PHOTOBACKUP_SHARE_PASSWORD", true),
        ("PHOTOBACKUP_RECOVERY_PHRASE", true), ("PHOTOBACKUP_WRAPPED_KEY", true),
        ("PHOTOBACKUP_MY_NAS_ACCESS_KEY_ID", true), ("PHOTOBACKUP_B2_SECRET_ACCESS_KEY", true),
        ("PHOTOBACKUP_B2_SESSION_TOKEN", true), ("AWS_ACCESS_KEY_ID", true), ("AWS_SECRET_ACCESS_KEY", true),
        ("AWS_SESSION_TOKEN", true), ("AWS_SECURITY_TOKEN", true),
        ("PHOTOBACKUP_PASSWORD_FILE", false), ("PHOTOBACKUP_CONFIG", false), ("AWS_PROFILE", false),
        ("AWS_SHARED_CREDENTIALS_FILE", false), ("HOME", false), ("PATH", false), ("", false),
    ])
    func namesSayWhatIsSecret(name: String, isSecret: Bool) {
        #expect(SecretVariables.contains(name) == isSecret)
    }

    /// Every variable that the program reads a secret from is on the list.
    @Test func whatIsReadAsASecretIsOne() throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Configuration/SecretSources.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let names = Set(text.matches(of: /"(PHOTOBACKUP_[A-Z_]+)"/).map { String($0.1) })
        #expect(names.count >= 6)
        #expect(names.filter { !SecretVariables.contains($0) } == ["PHOTOBACKUP_PASSWORD_FILE"])
    }
}
