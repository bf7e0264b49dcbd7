/// Why a store did not do what it was asked: which store, which object, what happened, and what to do.
///
/// Never holds a credential. HTTP status and S3 error codes are mapped to a `Code` in one place, in `S3`.
public struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// No object of that name. Not an error of the store.
        case notFound
        /// The bucket or the directory does not exist.
        case containerNotFound
        /// The key is known but may not do this.
        case accessDenied
        /// The access key is unknown, expired or disabled, or none was given.
        case credentialsRefused
        /// The secret does not belong to the key.
        case signatureRefused
        /// The bucket is in another region, which could not be found out.
        case wrongRegion
        /// This machine's clock is too far off.
        case clockSkewed
        case hostNotResolved
        case connectionFailed
        /// The server's certificate does not verify.
        case certificateRefused
        /// No answer, or no progress, within the time allowed.
        case timedOut
        /// The provider asks to slow down.
        case throttled
        /// The provider answered 5xx.
        case serverFailed
        /// A redirect, which is never followed.
        case redirected
        /// Something is stored there already (only with a precondition).
        case alreadyExists
        /// The bytes are not those that were asked for: wrong length, wrong range, or a wrong hash.
        case damaged
        /// The answer is not what the protocol says.
        case malformedAnswer
        /// In a storage class that has to be asked for it, hours before it can be read.
        case inColdStorage
        /// No room left.
        case outOfSpace
        /// The store cannot do this.
        case unsupported
        /// What is there is not of the vault that is meant.
        case otherVault
        /// Failed so often that it is left alone for the rest of this phase.
        case suspended
        case cancelled
        /// A failure of the system, as errno tells it.
        case system
    }

    public let code: Code
    /// The provider's name.
    public let store: String
    /// The object or prefix, if one was meant.
    public let object: String?
    /// What happened, in the words of the server or the system, capped and without secrets.
    public let reason: String
    /// What a person can do about it.
    public let hint: String?
    /// Whether the same call may succeed later without anybody doing anything.
    public let isRetryable: Bool

    public init(
        _ code: Code, store: String, object: String? = nil, reason: String, hint: String? = nil,
        isRetryable: Bool = false
    ) {
        self.code = code
        self.store = store
        self.object = object
        self.reason = reason
        self.hint = hint
        self.isRetryable = isRetryable
    }

    public var description: String {
        let subject = object.map { "\(store): \($0)" } ?? store
        return "\(subject): \(reason)"
    }
}
