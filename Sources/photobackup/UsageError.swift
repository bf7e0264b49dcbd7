internal import ArgumentParser
internal import Terminal

/// The parser's errors in this program's voice.
enum UsageError {
    static func diagnostic(of error: any Error) -> Diagnostic {
        Diagnostic(
            what: "usage", why: inOurVoice(RootCommand.message(for: error)),
            hint: seeAlso(RootCommand.fullMessage(for: error)))
    }

    /// One line, lower case, without a full stop.
    static func inOurVoice(_ message: String) -> String {
        var text = message.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
            .joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        // A word in capitals keeps them.
        let start = text.prefix(2)
        if start.first?.isUppercase == true, start.last?.isUppercase != true || start.count == 1 {
            text = start.lowercased() + text.dropFirst(2)
        }
        return text
    }

    /// `see 'photobackup status --help'`, for the command that the parser names in its last line.
    private static func seeAlso(_ fullMessage: String) -> String {
        let command = fullMessage.split(separator: "'").last {
            $0.hasPrefix("photobackup") && $0.hasSuffix("-help")
        }
        return "see '\(command ?? "photobackup --help")'"
    }
}
