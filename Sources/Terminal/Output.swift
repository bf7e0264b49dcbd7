internal import Glibc
internal import Synchronization

/// All that the program says, to people or as JSON, from any thread, one whole line at a time.
///
/// Standard output carries what was asked for; in JSON mode it carries messages and nothing else. Standard error
/// carries errors and warnings in text mode, and the progress line, which is taken away before anything else is
/// written.
public final class Output: Sendable {
    private static let loss =
        "; what was to be said there is lost, and the exit code tells how it ended"

    public enum Format: Sendable {
        case text
        case json
    }

    public enum Verbosity: Sendable, Comparable {
        case quiet
        case normal
        case verbose
    }

    public let format: Format
    public let verbosity: Verbosity

    private struct State {
        var standardOutput: LineWriter
        var standardError: LineWriter
        var showsProgress = false
        var hasResults = false

        /// Takes the progress line away: back to the first column, and erase to the end of the line (ECMA-48, EL).
        mutating func clearProgress() {
            guard showsProgress else { return }
            standardError.write(Array("\r\u{1b}[K".utf8))
            showsProgress = false
        }
    }

    private let state: Mutex<State>
    /// Whether the terminal knows the command that takes a line away.
    private let canErase: Bool

    /// - Parameter terminal: what the terminal calls itself: `TERM`.
    public init(
        format: Format, verbosity: Verbosity, standardOutput: CInt = 1, standardError: CInt = 2,
        terminal: String? = nil
    ) {
        canErase = terminal.map { $0 != "dumb" && !$0.isEmpty } ?? true
        self.format = format
        self.verbosity = verbosity
        state = Mutex(
            State(
                standardOutput: LineWriter(descriptor: standardOutput, isBuffered: true),
                standardError: LineWriter(descriptor: standardError, isBuffered: false)))
    }

    /// What the command was asked for, in every verbosity: one line of text, or one message.
    ///
    /// Lines may wait in memory until 64 KiB are there, unless a terminal reads them or they are urgent; `finish`
    /// writes the rest.
    public func result(
        _ type: String, _ fields: @autoclosure () -> some Encodable, text: @autoclosure () -> String,
        isUrgent: Bool = false
    ) {
        state.withLock { $0.hasResults = true }
        switch format {
        case .text: write(Array("\(text())\n".utf8), isUrgent: isUrgent)
        case .json: write(Message.line(type, fields()), isUrgent: isUrgent)
        }
    }

    /// Whether anything that the command was asked for has been given.
    public var hasResults: Bool { state.withLock { $0.hasResults } }

    /// What tells a person how it goes; nothing when quiet or in JSON mode.
    public func information(_ text: @autoclosure () -> String) {
        guard format == .text, verbosity >= .normal else { return }
        write(Array("\(text())\n".utf8))
    }

    /// What only `--verbose` shows.
    public func detail(_ text: @autoclosure () -> String) {
        guard format == .text, verbosity >= .verbose else { return }
        write(Array("\(text())\n".utf8))
    }

    /// A message that only JSON mode has.
    public func message(_ type: String, _ fields: @autoclosure () -> some Encodable) {
        guard format == .json else { return }
        write(Message.line(type, fields()))
    }

    public func error(_ diagnostic: Diagnostic) { report(diagnostic, .error) }

    public func warning(_ diagnostic: Diagnostic) { report(diagnostic, .warning) }

    private func report(_ diagnostic: Diagnostic, _ severity: Diagnostic.Severity) {
        switch format {
        case .json: write(Message.line(severity.rawValue, DiagnosticMessage(diagnostic)))
        case .text:
            state.withLock { state in
                state.clearProgress()
                // What was written before stays before it where both go to one place.
                state.standardOutput.flush()
                state.standardError.write(Array(diagnostic.text(severity).utf8))
            }
        }
    }

    /// Ends the run's output: in JSON mode with the `summary`, whose last fields are the command's own.
    ///
    /// Returns the status to exit with: `failed` where the output was what the command is for and could not be written,
    /// although the run had been done. A reader that went away (`| head`) wanted no more, and is no failure.
    ///
    /// - Parameter isDoneUnread: whether the command has done what it is for though nobody can read what it says; never in
    ///   JSON mode, where somebody waits for the summary.
    public func finish(
        _ status: ExitStatus, summary: (any Encodable)? = nil, isDoneUnread: Bool = false
    ) -> ExitStatus {
        let line = format == .json ? Message.summary(status, summary) : []
        let failure = state.withLock { state in
            state.clearProgress()
            state.standardOutput.write(line)
            state.standardOutput.flush()
            return state.standardOutput.failure
        }
        guard let failure, failure != EPIPE else { return status }
        let isLossOnly = isDoneUnread && format == .text
        let words = String(cString: strerror(failure))
        let diagnostic = Diagnostic(
            what: "standard output",
            why: "\(words.prefix(1).lowercased())\(words.dropFirst())\(isLossOnly ? Self.loss : "")")
        state.withLock { state in
            state.standardError.write(Array(diagnostic.text(isLossOnly ? .warning : .error).utf8))
        }
        return status == .done && !isLossOnly ? .failed : status
    }

    private func write(_ line: [UInt8], isUrgent: Bool = true) {
        state.withLock { state in
            state.clearProgress()
            state.standardOutput.write(line)
            if isUrgent || state.standardOutput.isTerminal { state.standardOutput.flush() }
        }
    }

    /// Why standard output could not be written, so far, in the system's words; nil where all went well. What waits is
    /// written first.
    public var writeFailure: String? {
        state.withLock { state in
            state.standardOutput.flush()
            return state.standardOutput.failure.map { String(cString: strerror($0)).lowercased() }
        }
    }

    /// Whether a progress line belongs here: in text mode, unless quiet, and on a terminal that is not a dumb one.
    public var canShowProgress: Bool {
        guard format == .text, verbosity >= .normal, canErase else { return false }
        return state.withLock { $0.standardError.isTerminal }
    }

    /// Draws the progress line anew, in at most as many columns as the terminal has; nil takes it away.
    func drawProgress(_ line: ((_ width: Int) -> String)?) {
        state.withLock { state in
            state.clearProgress()
            guard let line else { return }
            state.standardError.write(Array(line(state.standardError.width).utf8))
            state.showsProgress = true
        }
    }
}
