public import ObjectStore

/// Something that a person should know and that does not stop the work.
public struct Warning: Hashable, Sendable {
    /// What is meant: a provider, an object, a snapshot.
    public let what: String
    public let why: String
    /// What a person can do about it.
    public let hint: String?

    public init(what: String, why: String, hint: String? = nil) {
        self.what = what
        self.why = why
        self.hint = hint
    }

    /// A provider that did not do what it was asked.
    public init(_ error: ObjectStoreError) {
        self.init(what: error.store, why: error.reason, hint: error.hint)
    }
}

/// Takes warnings, from any thread.
public typealias WarningHandler = @Sendable (Warning) -> Void
