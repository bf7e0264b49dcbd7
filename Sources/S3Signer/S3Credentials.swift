public import Crypto

/// An access key that signs requests; its secret parts never show in a description, a dump or a mirror.
///
/// There are no anonymous credentials: an anonymous request is one that is not signed, so whoever may send
/// such requests holds an optional `SigV4Signer`.
public struct S3Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The public name of the key, which every signed request carries.
    public let accessKeyID: String

    public let secretAccessKey: SecretBytes

    // Not in locked memory: every request carries it as a header or in its URL.
    let sessionToken: String?

    /// When they end, in seconds since 1970; nil where that is not known.
    public let expiration: Int64?

    /// Whether asking for them again may bring others, as with a command that makes them.
    public let isRenewable: Bool

    /// - Parameters:
    ///   - sessionToken: the token of temporary credentials, which is then part of each request.
    ///   - expiration: when they end, in seconds since 1970.
    ///   - isRenewable: whether whoever gave them may have others later; temporary ones always are.
    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Int64? = nil,
        isRenewable: Bool = false
    ) {
        self.accessKeyID = accessKeyID
        self.expiration = expiration
        self.isRenewable = isRenewable || sessionToken != nil
        var secret = Array(secretAccessKey.utf8)
        self.secretAccessKey = SecretBytes(consuming: &secret)
        self.sessionToken = sessionToken
    }

    /// Whether they sign alike: when they end is not part of them.
    public static func == (one: S3Credentials, other: S3Credentials) -> Bool {
        one.accessKeyID == other.accessKeyID && one.secretAccessKey == other.secretAccessKey
            && one.sessionToken == other.sessionToken
    }

    /// Whether they end by themselves.
    public var isTemporary: Bool { sessionToken != nil }

    public var description: String {
        sessionToken == nil ? "access key \(accessKeyID)" : "temporary access key \(accessKeyID)"
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
