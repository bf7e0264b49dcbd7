internal import COpenSSL

/// MD5 (RFC 1321), for the one header of S3 that asks for it: it says whether a body arrived as it was sent, and
/// nothing about who sent it.
public enum MD5 {
    public static let byteCount = 16

    public static func hash(_ bytes: RawSpan) -> [UInt8] {
        bytes.withUnsafeBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                precondition(
                    EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, EVP_md5(), nil) == 1,
                    "EVP_Digest")
                count = byteCount
            }
        }
    }

    public static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span.bytes) }
}
