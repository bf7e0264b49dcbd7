/// Why something could not be shared, or what others have shared cannot be believed.
public struct SharingError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// Nobody of that name, or with that key, has a grant.
        case unknownPerson
        /// The person was known by another public key.
        case keyChanged
        /// The grant is another's than the one that was accepted before.
        case giverChanged
        /// A credential for recipients can do more than it may, or less than it must.
        case unfitCredential
        /// What was shared goes on without this recipient, or is not there.
        case nothingToOpen
    }

    public let code: Code
    public let description: String
    public let hint: String?

    public init(_ code: Code, _ description: String, hint: String? = nil) {
        self.code = code
        self.description = description
        self.hint = hint
    }
}
