/// Why a folder could not be mounted.
public struct FuseError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// What a person can do about it.
    public let hint: String?

    init(_ description: String, hint: String? = nil) {
        self.description = description
        self.hint = hint
    }
}
