import Crypto
import Testing

/// Streams written by PyNaCl 1.6 (`nacl.bindings.crypto_secretstream_xchacha20poly1305_push`) with the key
/// 00 01 … 1f and the associated data 01 "role".
@Suite("Secretstreams of another writer")
struct SecretStreamTests {
    static let key = ChunkKey.hexadecimal("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    static let associatedData = [1] + Array("role".utf8)

    static let header = "c83c152e26e91fb0779e7289108cc406f931ea1b4d681b71"
    static let messages = [
        "60e0344ee0b079c1ec89479d93d1ece85af954a7", "55a07b4c935c17dd8cc76d640759b1fd37",
        "a48f03fa8cb2428464e0ef06b6c321265baf334a51298fd0b8094c6d1f92f90aa7",
    ]

    @Test("open message by message, to the final one")
    func messages() throws {
        var opener = try Self.opener(header: Self.header)
        let plaintexts = ["one", "", "the last message"]
        for (message, plaintext) in zip(Self.messages, plaintexts) {
            let isFinished = opener.isFinished
            #expect(!isFinished)
            let opened = try opener.open(message)
            #expect(opened == Array(plaintext.utf8))
        }
        let isFinished = opener.isFinished
        #expect(isFinished)
        expectError(.truncated, "after the final message") { try opener.open(Self.messages[2]) }
        let isStillFinished = opener.isFinished
        #expect(!isStillFinished, "an error is final")
    }

    @Test("an error is final")
    func stickyError() throws {
        var opener = try Self.opener(header: Self.header)
        expectError(.notAuthentic, "out of its place") { try opener.open(Self.messages[1]) }
        expectError(.notAuthentic, "after an error") { try opener.open(Self.messages[0]) }
    }

    @Test(
        "a chunk of one message is a stream",
        arguments: [
            (
                """
                7d71f35cb823fb550d083c8cbd7b87bfd5017bf5cf4ab832\
                dc4fbab6e837253e0a03060c7d0f91c2d14e6a1566d295b6
                """, "a photo"
            ),
            ("52bac232ebe9330823f5470269e9dc54ece76906b9b4cb79a3ad83312cc89f90c6dabb6a74177d77b6", ""),
        ])
    func chunk(_ sealed: String, _ plaintext: String) throws {
        let opened = try openChunk(
            [UInt8](hex: sealed)!, key: Self.key, associatedData: Self.associatedData)
        #expect(opened == Array(plaintext.utf8))
    }

    /// The tags PUSH and REKEY are secretstream's, and no part of the format.
    @Test(
        "a tag that the format does not have is refused",
        arguments: [
            (
                "67a4041e7c97eabb3f32cbadadc99d655bc8d96a6d7ad359",
                "5444ac06cc3f10b0c191d3d886cc50afd8fe767e"
            ),
            (
                "c92201c4bf0e8478d3653af24af4c21e092e7373072448fd",
                "7b9aa901f19b03795748d3fa2ecd277c53d736ec"
            ),
        ])
    func otherTag(_ header: String, _ message: String) throws {
        expectError(.notAuthentic) {
            var opener = try Self.opener(header: header)
            return try opener.open(message)
        }
    }

    @Test("a header or message of no possible length is refused")
    func lengths() {
        for count in [0, 23, 25] {
            expectError(.wrongLength, "header of \(count)") {
                _ = try Self.opener(header: String(repeating: "00", count: count))
            }
        }
        for count in [0, 1, 16] {
            expectError(.wrongLength, "message of \(count)") {
                var opener = try Self.opener(header: Self.header)
                return try opener.open(String(repeating: "00", count: count))
            }
        }
    }

    private static func opener(header: String) throws -> SecretStreamOpener {
        let header = [UInt8](hex: header)!
        return try header.span.bytes.withUnsafeBytes {
            try SecretStreamOpener(key: key, associatedData: associatedData, header: $0)
        }
    }
}

extension SecretStreamOpener {
    /// Opens one message given in hexadecimal.
    fileprivate mutating func open(_ message: String) throws -> [UInt8] {
        let sealed = [UInt8](hex: message)!
        var plaintext = [UInt8](
            repeating: 0, count: max(0, sealed.count - SecretStream.overheadByteCount))
        try sealed.withUnsafeBytes { sealed in
            try plaintext.withUnsafeMutableBytes { try open(sealed, into: $0) }
        }
        return plaintext
    }
}
