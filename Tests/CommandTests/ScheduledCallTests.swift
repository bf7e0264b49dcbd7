import Foundation
import ProgramTesting
import Testing

@testable import photobackup

/// Paths with everything in them that a path can have, in a line of a crontab and in a unit: what is started is the program,
/// with the arguments that were meant.
@Suite struct ScheduledCallTests {
    static let awkward = [
        "plain", "two words", "it's", "'", "''", "50%", "%", "%%", #"back\slash"#, #"\"#, #"\%"#, #"\\%"#,
        #"\\\%h"#, "$HOME",
        "$$", "${HOME}", "$(touch x)", "`touch x`", "a;b", "a&b|c>d<e", "#", " # x", "*", "~", "!", "\"",
        #"\""#, "%i",
        "%h%n", "-n", "é東", "=", "a=b", "\u{1f4f7}", ",", "(", "[x]", "{a,b}", "?", "^", "@", ":", "+",
        "tail ",
    ]

    private func call(_ folder: String, _ name: String) throws -> ScheduledCall {
        try ScheduledCall(
            program: "\(folder)/\(name)", configurationFile: "/etc/\(name)",
            variables: [("XDG_STATE_HOME", "/var/\(name)")], name: "photobackup")
    }

    /// What cron passes to the shell of a line: up to the first `%` that has no backslash before it.
    ///
    /// Source: do_command.c of Vixie cron, as in Debian's cron 3.0pl1.
    private func commandOfCron(_ line: String) -> String {
        var command: [UInt8] = []
        var isEscaped = false
        for byte in line.utf8 {
            if isEscaped {
                if byte == UInt8(ascii: "%") { command.removeLast() }
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "%") {
                break
            }
            command.append(byte)
        }
        return String(decoding: command, as: UTF8.self)
    }

    @Test(arguments: awkward) func cronStartsWhatIsMeant(name: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = "\(folder)/\(name)"
        let script = "\(folder)/script-of-the-test"
        try "#!/bin/sh\nprintf '%s\\n' \"$XDG_STATE_HOME\" \"$@\"\n".write(
            toFile: script, atomically: false, encoding: .utf8)
        #expect(chmod(script, 0o755) == 0)
        // Copied by another process: a file that this one has open for writing, a child of another test may hold.
        _ = try await RunningProgram(["--", script, program], program: "/bin/cp").finish()
        let line = try Crontab(call: call(folder, name)).line(
            .daily(hour: 2, minute: 30), jitter: 9, logFile: "/log/\(name)")
        #expect(line.hasPrefix("*/10 * * * * "))
        let command = commandOfCron(String(line.dropFirst("*/10 * * * * ".count)))
        let run = try await RunningProgram(["-c", command], program: "/bin/sh").finish()
        #expect(
            run.output.split(separator: "\n") == [
                "/var/\(name)", "--config", "/etc/\(name)", "schedule", "run", "--daily", "02:30", "--jitter",
                "9s",
                "--log", "/log/\(name)",
            ], "\(line)\n\(run)")
    }

    /// What systemd makes of a quoted word: escapes, then specifiers, and in arguments variables.
    ///
    /// Source: systemd.syntax(7), systemd.unit(5) "Specifiers", systemd.service(5) "Command lines".
    private func word(_ quoted: Substring, isArgument: Bool) -> String? {
        guard quoted.first == "\"", quoted.last == "\"" else { return nil }
        var text = ""
        var rest = quoted.dropFirst().dropLast()[...]
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let next = rest.popFirst(), "\\\"".contains(next) else { return nil }
                text.append(next)
            case "%",
                "$" where isArgument:
                guard rest.popFirst() == character else { return nil }
                text.append(character)
            case "\"": return nil
            default: text.append(character)
            }
        }
        return text
    }

    @Test(arguments: awkward) func systemdStartsWhatIsMeant(name: String) throws {
        let service = SystemdTimer(call: try call("/usr/bin", name), environment: .init([:])).service
        let lines = service.split(separator: "\n")
        let environment = try #require(lines.first { $0.hasPrefix("Environment=") }).dropFirst(12)
        #expect(word(environment, isArgument: false) == "XDG_STATE_HOME=/var/\(name)")
        let start = try #require(lines.first { $0.hasPrefix("ExecStart=") }).dropFirst(10)
        let words = start.components(separatedBy: "\" \"").enumerated().map { index, part in
            word(
                (index == 0 ? "" : "\"") + part + (part.hasSuffix("\"run\"") ? "" : "\""),
                isArgument: index > 0)
        }
        #expect(words.count == 5)
        #expect(
            words.dropLast() == ["/usr/bin/\(name)", "--config", "/etc/\(name)", "schedule"], "\(service)")
    }

    @Test(arguments: [
        "a\nb", "a\rb", "\u{0}", "a\u{1b}b", "a\u{7f}", "a\u{85}b", "a\u{2028}b", "a\u{2029}", "\u{fffd}",
    ])
    func whatCannotStandOnOneLineIsRefused(text: String) {
        #expect(throws: CommandError.self) { try call("/usr/bin", text) }
        #expect(throws: CommandError.self) { try call("/usr/\(text)", "photobackup") }
        #expect(throws: CommandError.self) {
            try Crontab(call: call("/usr/bin", "photobackup")).line(
                .daily(hour: 2, minute: 30), jitter: 9, logFile: text)
        }
    }
}
