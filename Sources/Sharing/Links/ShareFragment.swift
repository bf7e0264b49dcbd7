internal import Crypto

/// What stands behind the `#` of a link: the only secret in it, which no browser sends to anyone.
///
/// Source: docs/SHARE-FORMAT.md, "Fragment".
struct ShareFragment: Sendable {
    private static let version: UInt8 = 1

    /// 32 bytes.
    let secret: SecretBytes

    init(secret: SecretBytes) {
        precondition(secret.count == KeyDerivation.keyByteCount, "a secret has 32 bytes")
        self.secret = secret
    }

    static func random() -> ShareFragment {
        ShareFragment(secret: SecretBytes(randomCount: KeyDerivation.keyByteCount))
    }

    /// - Throws: `malformed` for another length or alphabet, `newerFormat` for another version.
    init(parsing text: some StringProtocol) throws(LinkError) {
        guard text.utf8.count == 44, var bytes = [UInt8](base64URL: text) else {
            throw LinkError(
                .malformed, "what stands behind its # is not 44 letters, digits, - and _",
                hint: "copy the whole link: without its end it opens nothing")
        }
        defer { bytes.wipe() }
        guard bytes[0] == Self.version else {
            throw LinkError(
                .newerFormat, "it has version \(bytes[0]); this program reads \(Self.version)",
                hint: "a newer program opens it")
        }
        secret = SecretBytes(copying: bytes.span.extracting(1...).bytes)
    }

    /// 44 characters of base64url.
    var text: String {
        var bytes = [Self.version] + secret.withUnsafeBytes { [UInt8]($0) }
        defer { bytes.wipe() }
        return bytes.base64URL
    }
}
