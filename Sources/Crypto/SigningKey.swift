internal import CSodium

/// An Ed25519 key pair (RFC 8032): proves that the owner of a vault wrote something.
public struct SigningKey: Sendable {
    public static let seedByteCount = Int(crypto_sign_SEEDBYTES)

    /// 32 bytes, from which the pair is made.
    public let seed: SecretBytes
    public let publicKey: VerificationKey
    private let secretKey: SecretBytes

    public static func random() -> SigningKey {
        SigningKey(validSeed: SecretBytes(randomCount: seedByteCount))
    }

    /// The public key is recomputed, never believed. Throws `wrongLength`.
    public init(seed: SecretBytes) throws(CryptoError) {
        guard seed.count == Self.seedByteCount else { throw CryptoError(.wrongLength, "signing key") }
        self.init(validSeed: seed)
    }

    private init(validSeed seed: SecretBytes) {
        var publicBytes = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        secretKey = SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) { secret in
            seed.withUnsafeBytes { seed in
                _ = crypto_sign_seed_keypair(
                    &publicBytes, secret.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    seed.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
        }
        self.seed = seed
        publicKey = VerificationKey(unchecked: publicBytes)
    }

    /// The signature of `message`: 64 bytes (`crypto_sign_detached`).
    public func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        secretKey.withUnsafeBytes { key in
            _ = crypto_sign_detached(
                &signature, nil, message, UInt64(message.count),
                key.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
        return signature
    }
}

/// The public half of a `SigningKey`: 32 bytes.
public struct VerificationKey: Hashable, Sendable {
    public let bytes: [UInt8]

    fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public init(_ bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Int(crypto_sign_PUBLICKEYBYTES) else {
            throw CryptoError(.wrongLength, "verification key")
        }
        self.bytes = bytes
    }

    /// The key that 64 hexadecimal digits are; nil for any other text.
    public init?(hex: some StringProtocol) {
        guard let bytes = [UInt8](hex: hex), let key = try? VerificationKey(bytes) else { return nil }
        self = key
    }

    /// Whether `signature` is this key's signature of `message` (`crypto_sign_verify_detached`).
    public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        Sodium.prepare()
        guard signature.count == Int(crypto_sign_BYTES) else { return false }
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
    }
}
