/// Why there is no password, or no recovery phrase; never with a part of one.
public struct SecretError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// None was given, and there is no terminal to ask on.
        case notGiven
        case empty
        /// Longer than any that a person or a program makes.
        case tooLong
        /// Typed twice, and not the same.
        case mismatch
        /// Its file can be read by others than its owner.
        case readableByOthers
        /// Its file cannot be read, or the terminal fails.
        case unreadable
    }

    public let code: Code
    /// What was asked for: `password`, `new password`, `recovery phrase`.
    public let subject: String
    public let reason: String
    public let hint: String?

    public var description: String { "\(subject): \(reason)" }
}
