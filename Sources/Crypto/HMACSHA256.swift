internal import COpenSSL

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) over bytes that arrive in pieces, through libcrypto.
///
/// The key is given once; after `finalize()` the next message begins with the same key.
public struct HMACSHA256: ~Copyable {
    nonisolated(unsafe) private static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { fatalError("libcrypto has no HMAC") }
        return algorithm
    }()

    private let context: OpaquePointer

    public init(key: SecretBytes) {
        self.init(keyBytes: key)
    }

    /// For keys that are no secrets of ours, as in published vectors and in the signing of requests.
    public init(key: RawSpan) {
        self.init(keyBytes: SecretBytes(copying: key))
    }

    private init(keyBytes: SecretBytes) {
        guard let context = EVP_MAC_CTX_new(Self.algorithm) else { fatalError("out of memory") }
        self.context = context
        keyBytes.withUnsafeBytes { key in
            let started = Self.withDigestParameter { parameters in
                EVP_MAC_init(
                    context, key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count, parameters)
            }
            precondition(started == 1, "EVP_MAC_init")
        }
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// A parameter keeps the pointers to its name and its value, so both live until `body` returns.
    private static func withDigestParameter(_ body: (UnsafePointer<OSSL_PARAM>) -> Int32) -> Int32 {
        OSSL_MAC_PARAM_DIGEST.withCString { name in
            "SHA256".withCString { value in
                // It is only read; OSSL_PARAM has no const form.
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(name, UnsafeMutablePointer(mutating: value), 0),
                    OSSL_PARAM_construct_end(),
                ]
                return body(parameters)
            }
        }
    }

    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        precondition(
            EVP_MAC_update(context, base.assumingMemoryBound(to: UInt8.self), bytes.count) == 1,
            "EVP_MAC_update")
    }

    /// The code of all bytes since the start, which begins anew under the same key.
    public mutating func finalize() -> SHA256Digest {
        let code = withUnsafeTemporaryAllocation(byteCount: SHA256Digest.byteCount, alignment: 8) { buffer in
            var written = 0
            precondition(
                EVP_MAC_final(
                    context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
                    buffer.count) == 1, "EVP_MAC_final")
            return SHA256Digest(UnsafeRawBufferPointer(buffer).bytes)!
        }
        precondition(EVP_MAC_init(context, nil, 0, nil) == 1, "EVP_MAC_init")
        return code
    }

    public static func authenticate(_ message: RawSpan, key: SecretBytes) -> SHA256Digest {
        var mac = HMACSHA256(key: key)
        mac.update(message)
        return mac.finalize()
    }

    public static func authenticate(_ message: RawSpan, key: RawSpan) -> SHA256Digest {
        var mac = HMACSHA256(key: key)
        mac.update(message)
        return mac.finalize()
    }
}
