import Crypto
import Testing

extension SecretBytes {
    convenience init(_ bytes: [UInt8]) { self.init(copying: bytes.span.bytes) }

    /// A secret that a published vector gives in hexadecimal.
    static func hexadecimal(_ text: String) -> SecretBytes { SecretBytes([UInt8](hex: text)!) }

    var copy: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

extension ChunkKey {
    init?(_ bytes: [UInt8]) { self.init(bytes.span.bytes) }

    static func hexadecimal(_ text: String) -> ChunkKey { ChunkKey([UInt8](hex: text)!)! }
}

/// Expects that `body` throws a `CryptoError` of this code.
func expectError<Result>(
    _ code: CryptoError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    let error = #expect(throws: CryptoError.self, comment, sourceLocation: sourceLocation) {
        _ = try body()
    }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
}
