/// Why there is nothing to back up, so that the last snapshot stays as it is: which source, and what to do.
public struct SourceError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// Nothing of that name, or it went away while it was read.
        case notFound
        /// It is there but may not be read.
        case unreadable
        /// A folder with nothing at all in it: most often a disk that is not mounted.
        case empty
        /// A named pipe, a socket or a device.
        case notBackedUp
        /// Two sources would have one name in the snapshot, or one has none.
        case name
        /// It is, or lies in, what this program itself keeps.
        case own
        /// Nothing is wrong with it: the machine has no descriptor or memory left to open it.
        case scarcity
        /// A pattern of files to exclude that could never match.
        case pattern
    }

    public let code: Code
    /// The path as the user wrote it, or the pattern.
    public let source: String
    public let reason: String
    /// What a person can do about it.
    public let hint: String?

    public init(_ code: Code, source: String, reason: String, hint: String? = nil) {
        self.code = code
        self.source = source
        self.reason = reason
        self.hint = hint
    }

    public var description: String { "\(source): \(reason)" }
}
