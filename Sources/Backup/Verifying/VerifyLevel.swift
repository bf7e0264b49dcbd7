/// How thoroughly replicas are verified.
public enum VerifyLevel: String, Sendable, CaseIterable {
    /// Names and sizes, from the listings.
    case list
    /// Every object is downloaded and its hash compared with its name.
    case read
    /// Every chunk that a snapshot refers to is opened too, and its content compared with its id.
    case decrypt
}
