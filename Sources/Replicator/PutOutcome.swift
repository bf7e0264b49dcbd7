public import ObjectStore

/// What became of one object on one replica that was to store it.
public struct PutOutcome: Sendable {
    public enum Answer: Sendable {
        /// The provider has acknowledged the whole object.
        case stored
        /// The replica was asked, and the object does not count as stored there.
        case failed(ObjectStoreError)
        /// The replica was not asked, because it is out for this phase, for the reason given.
        case skipped(ObjectStoreError)
    }

    /// The replica's place in its `ReplicaSet`.
    public let replica: Int
    public let answer: Answer

    public init(replica: Int, answer: Answer) {
        self.replica = replica
        self.answer = answer
    }

    public var isStored: Bool { error == nil }

    /// Why the object is not stored there; nil when it is.
    public var error: ObjectStoreError? {
        switch answer {
        case .stored: nil
        case .failed(let error), .skipped(let error): error
        }
    }
}
