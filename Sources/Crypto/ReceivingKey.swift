internal import CSodium

/// An X25519 key pair: what others seal for its owner, only its owner opens.
public struct ReceivingKey: Sendable {
    static let sealByteCount = crypto_box_sealbytes()

    /// 32 bytes.
    public let secretKey: SecretBytes
    public let publicKey: RecipientKey

    public static func random() -> ReceivingKey {
        ReceivingKey(valid: SecretBytes(randomCount: Int(crypto_box_SECRETKEYBYTES)))
    }

    /// The public key is recomputed, never believed. Throws `wrongLength`.
    public init(secretKey: SecretBytes) throws(CryptoError) {
        guard secretKey.count == Int(crypto_box_SECRETKEYBYTES) else {
            throw CryptoError(.wrongLength, "receiving key")
        }
        self.init(valid: secretKey)
    }

    private init(valid secretKey: SecretBytes) {
        var publicBytes = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
        secretKey.withUnsafeBytes { key in
            _ = crypto_scalarmult_base(&publicBytes, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
        self.secretKey = secretKey
        publicKey = RecipientKey(unchecked: publicBytes)
    }

    /// Opens what was sealed for this key (`crypto_box_seal_open`). Throws `notAuthentic` or `wrongLength`.
    public func open(_ box: [UInt8]) throws(CryptoError) -> SecretBytes {
        guard box.count >= Self.sealByteCount else { throw CryptoError(.wrongLength, "sealed box") }
        return try SecretBytes(count: box.count - Self.sealByteCount) { output throws(CryptoError) in
            let status = secretKey.withUnsafeBytes { key in
                crypto_box_seal_open(
                    output.baseAddress!.assumingMemoryBound(to: UInt8.self), box, UInt64(box.count),
                    publicKey.bytes, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
            guard status == 0 else { throw CryptoError(.notAuthentic, "sealed box") }
        }
    }
}

/// The public half of a `ReceivingKey`: 32 bytes.
public struct RecipientKey: Hashable, Sendable {
    public let bytes: [UInt8]

    fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public init(_ bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Int(crypto_box_PUBLICKEYBYTES) else {
            throw CryptoError(.wrongLength, "recipient's key")
        }
        self.bytes = bytes
    }

    /// Seals `secret` so that only the owner of this key opens it; the sender stays unnamed
    /// (`crypto_box_seal`: 48 bytes longer). Throws `invalidKey` for a point of small order.
    public func seal(_ secret: SecretBytes) throws(CryptoError) -> [UInt8] {
        Sodium.prepare()
        var box = [UInt8](repeating: 0, count: secret.count + ReceivingKey.sealByteCount)
        let status = secret.withUnsafeBytes { secret in
            crypto_box_seal(
                &box, secret.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(secret.count), bytes)
        }
        guard status == 0 else { throw CryptoError(.invalidKey, "recipient's key") }
        return box
    }
}
