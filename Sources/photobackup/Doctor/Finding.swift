internal import Terminal

/// What the doctor says of one thing.
struct Finding: Sendable {
    enum Level: String, Sendable, Encodable {
        case good
        /// It works, and could be better.
        case advice
        /// It keeps backups or restores from working.
        case problem
    }

    let level: Level
    let subject: String
    let text: String
    var hint: String?

    static func good(_ subject: String, _ text: String) -> Finding {
        Finding(level: .good, subject: subject, text: text)
    }

    static func advice(_ subject: String, _ text: String, hint: String? = nil) -> Finding {
        Finding(level: .advice, subject: subject, text: text, hint: hint)
    }

    static func problem(_ subject: String, _ text: String, hint: String? = nil) -> Finding {
        Finding(level: .problem, subject: subject, text: text, hint: hint)
    }

    /// As an error says it.
    static func problem(_ error: any Error, _ subject: String? = nil) -> Finding {
        let diagnostic = Failure(error, wasCancelled: false).diagnostic
        return problem(subject ?? diagnostic.what, diagnostic.why, hint: diagnostic.hint)
    }

    func show(on output: Output) {
        let mark =
            switch level {
            case .good: "ok      "
            case .advice: "advice  "
            case .problem: "PROBLEM "
            }
        var lines = ["\(mark)\(singleLine(subject)): \(singleLine(text))"]
        if let hint { lines.append("        \(singleLine(hint))") }
        output.result("finding", Message(self), text: lines.joined(separator: "\n"))
    }

    private struct Message: Encodable {
        let level: Level
        let subject: String
        let text: String
        let hint: String?

        init(_ finding: Finding) {
            (level, subject, text, hint) = (finding.level, finding.subject, finding.text, finding.hint)
        }
    }
}
