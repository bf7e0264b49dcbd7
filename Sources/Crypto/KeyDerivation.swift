/// Subkeys of a 32-byte key, each for one purpose.
///
/// Source: HKDF-Expand of RFC 5869 with SHA-256 and one block of output: HMAC-SHA-256(key, info ‖ 0x01).
/// Extraction is not needed, since every key here is uniformly random already.
public enum KeyDerivation {
    public static let keyByteCount = 32

    /// The subkey of `key` for `purpose`; different purposes give independent keys.
    public static func subkey(of key: SecretBytes, purpose: [UInt8]) -> SecretBytes {
        precondition(key.count == keyByteCount, "subkeys come from keys of 32 bytes")
        let digest = HMACSHA256.authenticate((purpose + [1]).span.bytes, key: key)
        return SecretBytes(count: keyByteCount) { digest.write(to: $0) }
    }
}
