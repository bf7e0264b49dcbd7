internal import CSodium

/// A secret sealed under another key: a nonce of 24 bytes, then `crypto_secretbox_easy` (16 bytes of tag, and
/// the ciphertext).
///
/// The key it is sealed under is derived for the place it stands in (`purpose`), so that a wrapped key cannot
/// be put in another's place.
public struct WrappedKey: Hashable, Sendable {
    private static let nonceByteCount = Int(crypto_secretbox_NONCEBYTES)
    private static let overheadByteCount = nonceByteCount + Int(crypto_secretbox_MACBYTES)

    /// Nonce and box, as they are stored.
    public let bytes: [UInt8]

    /// Takes stored bytes; that they hold a secret of `secretByteCount` bytes is checked, by length.
    public init(_ bytes: [UInt8], secretByteCount: Int = 32) throws(CryptoError) {
        guard bytes.count == Self.overheadByteCount + secretByteCount else {
            throw CryptoError(.wrongLength, "wrapped key")
        }
        self.bytes = bytes
    }

    /// Seals `secret` with a fresh nonce under the subkey of `key` for `purpose`.
    public init(wrapping secret: SecretBytes, under key: SecretBytes, purpose: [UInt8]) {
        let wrappingKey = KeyDerivation.subkey(of: key, purpose: purpose)
        var bytes = randomBytes(Self.nonceByteCount)
        bytes.append(contentsOf: repeatElement(0, count: secret.count + Int(crypto_secretbox_MACBYTES)))
        bytes.withUnsafeMutableBytes { output in
            let base = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            secret.withUnsafeBytes { secret in
                wrappingKey.withUnsafeBytes { key in
                    _ = crypto_secretbox_easy(
                        base + Self.nonceByteCount, secret.baseAddress!.assumingMemoryBound(to: UInt8.self),
                        UInt64(secret.count), base, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
        self.bytes = bytes
    }

    /// The secret, or `notAuthentic` where key or purpose are not those it was wrapped with.
    public func unwrap(under key: SecretBytes, purpose: [UInt8]) throws(CryptoError) -> SecretBytes {
        let wrappingKey = KeyDerivation.subkey(of: key, purpose: purpose)
        let count = bytes.count - Self.overheadByteCount
        return try SecretBytes(count: count) { output throws(CryptoError) in
            let status = bytes.withUnsafeBytes { box in
                wrappingKey.withUnsafeBytes { key in
                    let base = box.baseAddress!.assumingMemoryBound(to: UInt8.self)
                    return crypto_secretbox_open_easy(
                        output.baseAddress!.assumingMemoryBound(to: UInt8.self), base + Self.nonceByteCount,
                        UInt64(box.count - Self.nonceByteCount), base,
                        key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                }
            }
            guard status == 0 else { throw CryptoError(.notAuthentic, "wrapped key") }
        }
    }
}
