/// Why snapshots are not forgotten, or not brought back.
public struct RetentionError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// What was asked for cannot be meant.
        case refused
        /// No snapshot, or more than one, is meant.
        case notFound
        /// It is being deleted, or has been.
        case tooLate
    }

    public let code: Code
    public let description: String
    public let hint: String?

    init(_ code: Code, _ description: String, hint: String? = nil) {
        self.code = code
        self.description = description
        self.hint = hint
    }
}
