internal import CSodium

/// Encrypts small secrets together with what they belong to: a nonce of 24 bytes, then
/// `crypto_aead_xchacha20poly1305_ietf` (the ciphertext, and 16 bytes of tag).
///
/// For keys at rest on this machine, whose rows must not be mixed up.
public struct AuthenticatedBox: Sendable {
    private static let nonceByteCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)

    /// What a box is longer than its content.
    public static let overheadByteCount =
        nonceByteCount + Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    private let key: SecretBytes

    /// `key` has 32 bytes.
    public init(key: SecretBytes) {
        precondition(key.count == Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES))
        Sodium.prepare()
        self.key = key
    }

    /// Seals with a fresh nonce, bound to `associatedData`.
    public func seal(_ plaintext: UnsafeRawBufferPointer, associatedData: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: plaintext.count + Self.overheadByteCount) { output, count in
            let base = output.baseAddress!
            randombytes_buf(base, Self.nonceByteCount)
            key.withUnsafeBytes { key in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    base + Self.nonceByteCount, nil,
                    plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(plaintext.count),
                    associatedData, UInt64(associatedData.count), nil, base,
                    key.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
            count = output.count
        }
    }

    /// Opens a box. Throws `notAuthentic`, or `wrongLength` when it is too short to be one.
    public func open(_ box: UnsafeRawBufferPointer, associatedData: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard box.count >= Self.overheadByteCount else { throw CryptoError(.wrongLength, "box") }
        var status: Int32 = -1
        let plaintext = [UInt8](unsafeUninitializedCapacity: box.count - Self.overheadByteCount) {
            output, count in
            let base = box.baseAddress!.assumingMemoryBound(to: UInt8.self)
            key.withUnsafeBytes { key in
                status = crypto_aead_xchacha20poly1305_ietf_decrypt(
                    output.baseAddress, nil, nil, base + Self.nonceByteCount,
                    UInt64(box.count - Self.nonceByteCount), associatedData, UInt64(associatedData.count),
                    base, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
            count = output.count
        }
        guard status == 0 else { throw CryptoError(.notAuthentic, "box") }
        return plaintext
    }
}
