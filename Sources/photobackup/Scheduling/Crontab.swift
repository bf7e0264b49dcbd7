internal import Configuration
internal import Terminal

/// This user's crontab, in which each schedule has one line. All others stay as they are.
///
/// cron runs nothing that it has missed. So the line asks every ten minutes, or every five where that is too seldom,
/// whether a run is due, which the program itself knows; a run that was missed is made up for that way.
///
/// Source: crontab(1), crontab(5).
struct Crontab {
    let call: ScheduledCall

    private var mark: String { " # \(call.name): written by photobackup schedule install" }

    /// - Parameter logFile: where runs write what they say.
    /// - Throws: `CommandError` where the log's name holds a line end.
    func line(_ times: RunTimes, jitter: Int64, logFile: String) throws(CommandError) -> String {
        try ScheduledCall.requireOneLine(logFile)
        let step = if case .every(let minutes) = times, minutes < 30 { 5 } else { 10 }
        let variables = call.variables.map { "\($0.name)=\(Self.quoted($0.value))" }
        let arguments = call.arguments(times.options + ["--jitter", "\(jitter)s", "--log", logFile])
        let command = (variables + arguments.map(Self.quoted)).joined(separator: " ")
        return "*/\(step) * * * * \(command)\(mark)"
    }

    /// The line that is there; nil for none.
    func installed() async throws -> String? { try await lines().first { $0.hasSuffix(mark) } }

    func install(_ line: String) async throws { try await write(try await others() + [line]) }

    func remove() async throws { try await write(try await others()) }

    private func others() async throws -> [String] { try await lines().filter { !$0.hasSuffix(mark) } }

    /// A crontab that cannot be read is not an empty one: what is written takes the place of all of it.
    private func lines() async throws -> [String] {
        let list = """
            if listing=$(LC_ALL=C crontab -l 2>/dev/null); then printf 'there\\n%s\\n' "$listing"
            else LC_ALL=C crontab -l 2>&1 >/dev/null | head -n 5; fi
            """
        let output = String(
            decoding: try await ShellCommand(list, setting: "crontab").output(), as: UTF8.self)
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        if lines.first == "there" { return Array(lines.dropFirst()) }
        if lines.first?.contains("no crontab for") ?? false { return [] }
        throw CommandError(
            what: "crontab", why: lines.first ?? "it says nothing",
            hint: "install cron, or a systemd that runs this user's units")
    }

    private func write(_ lines: [String]) async throws {
        let text = lines.map { $0 + "\n" }.joined()
        let command = lines.isEmpty ? "crontab -r" : "crontab -"
        try await ShellCommand(command, setting: "crontab", input: Array(text.utf8)).run()
    }

    /// In single quotes for sh, where it is needed.
    ///
    /// cron takes a bare `%` for the end of the line and `\%` for a `%`, but not behind another backslash: quotes that end and
    /// begin keep it from those before.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/._-:=".utf8.contains(byte)
        }
        return isPlain && !text.isEmpty
            ? text
            : "'\(text.replacing("'", with: "'\\''").replacing("%", with: "''\\%''"))'"
    }
}
