public import Crypto

/// A link that was given out, as the vault remembers it: enough to list it, to renew what it opens, to take it back, and
/// to keep the packs it needs until it ends.
///
/// As secret as the link: only ever sealed, in a record.
public struct ShareRecord: Sendable, Hashable, Codable, CustomStringConvertible, CustomReflectable {
    /// The share's id, 32 hexadecimal digits.
    public let id: String
    /// The secret in the link's fragment, base64url.
    public let secret: String
    /// shareKey, base64url: with a password, the secret alone does not give it.
    public let key: String
    /// The header, as it stands in the page.
    public let header: String
    public let title: String?
    /// The collection whose files they are.
    public let collection: String
    public let fileCount: Int
    /// The provider beside whose replica the page lies; nil for the `[share]` location.
    public let provider: String?
    /// Seconds since 1970.
    public let ends: Int64
    /// The digests of the packs, one after the other, base64url: in the order in which the manifest counts them.
    private let packs: String

    enum CodingKeys: String, CodingKey {
        case id, secret, key, header, title, collection, provider, ends, packs
        case fileCount = "file_count"
    }

    public init(
        id: String, secret: SecretBytes, key: SecretBytes, header: String, title: String?,
        collection: String, fileCount: Int, provider: String?, ends: UTCTime, packs: [SHA256Digest]
    ) {
        self.id = id
        self.secret = secret.withUnsafeBytes { [UInt8]($0) }.base64URL
        self.key = key.withUnsafeBytes { [UInt8]($0) }.base64URL
        self.header = header
        self.title = title
        self.collection = collection
        self.fileCount = fileCount
        self.provider = provider
        self.ends = ends.secondsSince1970
        self.packs = packs.flatMap(\.bytes).base64URL
    }

    /// What opens the manifest; nil where the record is none that a writer makes.
    public var shareKey: SecretBytes? {
        guard var bytes = [UInt8](base64URL: key), bytes.count == 32 else { return nil }
        return SecretBytes(consuming: &bytes)
    }

    /// The packs that the share needs.
    public var packDigests: [SHA256Digest] {
        let bytes = [UInt8](base64URL: packs) ?? []
        return stride(from: 0, to: bytes.count, by: SHA256Digest.byteCount).compactMap { start in
            let digest = bytes[start..<min(start + SHA256Digest.byteCount, bytes.count)]
            return digest.withUnsafeBytes { SHA256Digest($0.bytes) }
        }
    }

    public var description: String { "link \(id)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
