/// What a person is told when something failed or should be put right: what, why, and what to do.
///
/// All of it is lower case, without a full stop, and free of secrets.
public struct Diagnostic: Sendable, Hashable {
    public let what: String
    public let why: String
    public let hint: String?

    public init(what: String, why: String, hint: String? = nil) {
        self.what = what
        self.why = why
        self.hint = hint
    }

    public enum Severity: String, Sendable {
        case warning
        case error
    }

    /// `photobackup: error: what: why`, and on a line of its own `hint: …`; no other line, whatever the parts
    /// hold.
    public func text(_ severity: Severity) -> String {
        let line = "photobackup: \(severity): \(singleLine(what)): \(singleLine(why))\n"
        guard let hint else { return line }
        return line + "hint: \(singleLine(hint))\n"
    }
}

/// A diagnostic as one line of JSON.
struct DiagnosticMessage: Encodable {
    let what: String
    let why: String
    let hint: String?

    init(_ diagnostic: Diagnostic) {
        (what, why, hint) = (diagnostic.what, diagnostic.why, diagnostic.hint)
    }
}
