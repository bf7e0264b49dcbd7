public import Crypto

extension ObjectKey {
    /// The SHA-256 that the object's bytes must have, as its name says: the last 64 characters before an
    /// optional extension. nil when the name ends in no hash, as that of `README.txt`.
    public var contentDigest: SHA256Digest? {
        let name = rawValue.utf8
        let start = name.lastIndex(of: UInt8(ascii: "/")).map(name.index(after:)) ?? name.startIndex
        let stem = name[start...].prefix { $0 != UInt8(ascii: ".") }
        let digits = stem.suffix(2 * SHA256Digest.byteCount)
        let rest = stem.dropLast(digits.count)
        guard rest.isEmpty || rest.last == UInt8(ascii: "-") else { return nil }
        return SHA256Digest(hex: Substring(digits))
    }
}
