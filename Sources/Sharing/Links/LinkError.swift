/// Why a link cannot be made, or does not open.
public struct LinkError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// It is no link, or what it leads to is not what the format says.
        case malformed
        /// A later version of the format.
        case newerFormat
        case needsPassword
        case wrongPassword
        /// The share is there, and is not the link's: another share's, or altered.
        case notOpened
        /// Its addresses have ended, or were withdrawn.
        case expired
        /// What it leads to is not there any more.
        case ended
        /// A part of a pack is not what it was.
        case damaged
        case unreachable
        /// It leads into this machine's own networks, and that was not expected.
        case local
        /// It cannot be made as it is asked for.
        case refused
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
