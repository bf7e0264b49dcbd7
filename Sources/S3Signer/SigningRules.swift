/// What differs between services in how Signature Version 4 is applied.
public struct SigningRules: Hashable, Sendable {
    /// The path that was encoded for sending is encoded once more for signing.
    public var encodesPathTwice: Bool
    /// `.`, `..` and repeated slashes are resolved in the path that is signed; what is sent stays as it is.
    public var normalizesPath: Bool
    /// Header signing adds `x-amz-content-sha256`.
    public var addsPayloadHash: Bool
    /// A presigned URL leaves the body open (`UNSIGNED-PAYLOAD`) whatever the request's payload hash.
    public var presignsAnyPayload: Bool

    public init(
        encodesPathTwice: Bool, normalizesPath: Bool, addsPayloadHash: Bool, presignsAnyPayload: Bool
    ) {
        self.encodesPathTwice = encodesPathTwice
        self.normalizesPath = normalizesPath
        self.addsPayloadHash = addsPayloadHash
        self.presignsAnyPayload = presignsAnyPayload
    }

    /// S3: a key is any bytes, so its path is encoded once and never normalised.
    public static let s3 = SigningRules(
        encodesPathTwice: false, normalizesPath: false, addsPayloadHash: true, presignsAnyPayload: true)

    /// Every other service of AWS.
    public static let general = SigningRules(
        encodesPathTwice: true, normalizesPath: true, addsPayloadHash: false, presignsAnyPayload: false)
}
