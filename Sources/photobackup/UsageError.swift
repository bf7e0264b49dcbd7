internal import ArgumentParser
internal import Configuration
internal import Terminal

/// The parser's errors in this program's voice.
enum UsageError {
    static func diagnostic(of error: any Error) -> Diagnostic {
        let why = inOurVoice(RootCommand.message(for: error))
        let command = commandToSee(RootCommand.fullMessage(for: error))
        // To the parser, a word that is no command is an argument too many of the root command.
        if command == rootHelp, let word = quotedWord(in: why, after: "unexpected argument ") {
            let names = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
            let hint = Spelling.nearest(to: word, in: names).map { "did you mean '\($0)'?" }
            return Diagnostic(
                what: "usage", why: "unknown command '\(word)'", hint: hint ?? "see '\(command)'")
        }
        let help = helpOfOption(RootCommand.fullMessage(for: error)).map { $0 + "; " } ?? ""
        return Diagnostic(what: "usage", why: why, hint: "\(help)see '\(command)'")
    }

    /// What the help says of the option whose value is refused: the parser puts it into a line of its own.
    private static func helpOfOption(_ fullMessage: String) -> String? {
        guard
            let line = fullMessage.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("Help:") })
        else { return nil }
        let help = line.dropFirst("Help:".count).drop { $0 == " " }
        return help.firstRange(of: "  ").map { inOurVoice(String(help[$0.upperBound...])) }
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

    private static let rootHelp = "photobackup --help"

    /// `photobackup status --help`, which the parser names in the last line of its message.
    private static func commandToSee(_ fullMessage: String) -> String {
        let quoted = fullMessage.split(separator: "'")
        return quoted.last { $0.hasPrefix("photobackup") && $0.hasSuffix(" --help") }.map(String.init)
            ?? rootHelp
    }

    private static func quotedWord(in text: String, after start: String) -> String? {
        guard text.hasPrefix(start + "'"), text.hasSuffix("'") else { return nil }
        return String(text.dropFirst(start.count + 1).dropLast())
    }
}
