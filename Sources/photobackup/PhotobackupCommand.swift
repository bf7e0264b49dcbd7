internal import ArgumentParser
internal import Terminal

/// A command of the program.
///
/// `run(in:)` does the work and says how it ended. What it throws becomes one error message and the exit code
/// that `Failure` gives it; so a command throws when it can not go on, and returns a status of 3, 4 or 5 when it
/// did its work and found something.
protocol PhotobackupCommand: ParsableCommand, Sendable {
    var global: GlobalOptions { get }
    /// Whether it has done what it is for though standard output was closed or full. False for those that are there to tell
    /// something.
    static var isDoneUnread: Bool { get }

    func run(in context: CommandContext) async throws -> CommandOutcome
}

extension PhotobackupCommand {
    static var isDoneUnread: Bool { false }
}

/// How a command ended.
struct CommandOutcome {
    let status: ExitStatus
    /// The command's own fields of the JSON summary, to which `exit_code` is added; nil for none.
    let summary: (any Encodable & Sendable)?

    init(_ status: ExitStatus = .done, summary: (any Encodable & Sendable)? = nil) {
        self.status = status
        self.summary = summary
    }
}
