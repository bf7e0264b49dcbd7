/// Why stored bytes are not what the format says, or do not open.
public struct VaultError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// The bytes do not parse, or a field is missing or has a length that the format does not allow.
        case malformed
        /// A signature, MAC or seal does not verify.
        case notAuthentic
        /// Written by a later major version of the format.
        case newerFormat
        /// It says that it is of a later format, and has no signature that this one knows: anybody can say so.
        case unprovenFormat
        /// It belongs to another vault.
        case otherVault
        case wrongPassword
        case wrongRecoveryPhrase
    }

    public let code: Code
    /// The object or part that is meant.
    public let subject: String
    public let reason: String

    public init(_ code: Code, _ subject: String, _ reason: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "\(subject): \(reason)" }
}
