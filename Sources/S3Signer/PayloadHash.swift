public import Crypto

/// What a signature says of the request's body.
public enum PayloadHash: Hashable, Sendable {
    /// The SHA-256 of the body.
    case sha256(SHA256Digest)
    /// Nothing: whoever has the signature may send any body. For presigned URLs.
    case unsigned

    /// The hash of a request without a body.
    public static let empty = PayloadHash.sha256(SHA256.hash([]))

    /// As it stands in a canonical request and in `x-amz-content-sha256`.
    public var text: String {
        switch self {
        case .sha256(let digest): digest.hex
        case .unsigned: "UNSIGNED-PAYLOAD"
        }
    }
}
