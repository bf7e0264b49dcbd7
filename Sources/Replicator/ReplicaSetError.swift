public import ObjectStore

/// Why the replicas together could not do what one of them would have sufficed for, with each one's reason.
public struct ReplicaSetError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// Every replica that was asked answered that it has no such object.
        case notFound
        /// No replica delivered bytes that are right.
        case unavailable
        /// The object's name ends in no hash, so that no bytes can be proved to be its own.
        case unprovableName
        /// Objects to look for came out of order, repeated, or outside the prefixes.
        case disordered
        case cancelled
    }

    /// What one replica answered.
    public struct Failure: Sendable {
        /// The replica's place in its `ReplicaSet`.
        public let replica: Int
        public let error: ObjectStoreError
    }

    public let code: Code
    public let key: ObjectKey
    /// One for each replica that was asked, in the order of the answers.
    public let failures: [Failure]

    init(_ code: Code, key: ObjectKey, failures: [Failure] = []) {
        self.code = code
        self.key = key
        self.failures = failures
    }

    /// The object, what became of it, and each replica's reason: one line.
    public var description: String { "\(key): \(reason)" }

    /// The same without the object, for messages that name it.
    public var reason: String {
        ([headline] + failures.map { "\($0.error.store): \($0.error.reason)" }).joined(separator: "; ")
    }

    /// What a person can do about the first of them that says so.
    public var hint: String? { failures.lazy.compactMap(\.error.hint).first }

    private var headline: String {
        switch code {
        case .notFound: "no replica has it"
        case .unavailable where failures.isEmpty: "there is no replica to ask"
        case .unavailable: "no replica delivered it"
        case .unprovableName: "its name ends in no hash that would prove its bytes"
        case .disordered: "it was not expected at this place of the sorted names"
        case .cancelled: "cancelled"
        }
    }
}
