import Crypto
import Foundation
import Testing

@testable import Vault

/// One vault whose keys are always the same, so that what a failing test prints can be tried again.
enum TestVault {
    static let id = VaultID([UInt8](0..<16))!
    static let other = VaultID([UInt8](16..<32))!
    static let keys = VaultKeys(vault: id, masterKey: SecretBytes([UInt8](0..<32)))
    static let signingKey = try! SigningKey(seed: SecretBytes([UInt8](32..<64)))
    static let publicKey = signingKey.publicKey
    static let collection = VaultCollection.make(name: "Weddings", keys: keys)
    /// 2026-11-21 17:28:00 UTC
    static let time = UTCTime(secondsSince1970: 1_795_282_080)
}

extension SecretBytes {
    convenience init(_ bytes: [UInt8]) { self.init(copying: bytes.span.bytes) }
}

extension ChunkKey {
    init?(_ bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension SHA256Digest {
    /// 32 times the same byte.
    static func repeating(_ byte: UInt8) -> SHA256Digest {
        SHA256Digest([UInt8](repeating: byte, count: 32))!
    }
}

/// The path that a test writes down.
func path(_ text: String) -> EntryPath { EntryPath(text.utf8)! }

extension Reference {
    /// A reference that is well formed; `number` makes it different from others.
    static func example(_ number: UInt8 = 1, plaintextByteCount: UInt32 = 1000) -> Reference {
        Reference(
            pack: .repeating(number), offset: UInt32(number) * 5000,
            length: UInt32(SealedChunk.sealedByteCount(plaintextByteCount: Int(plaintextByteCount))),
            key: ChunkKey([UInt8](repeating: number, count: 32))!, chunkID: .repeating(number &+ 1),
            plaintextByteCount: plaintextByteCount, isCompressed: number.isMultiple(of: 2))
    }
}

extension Data {
    init(_ digest: SHA256Digest) { self.init(digest.bytes) }
}

/// Expects that `body` throws a `VaultError` with this code.
func expectError<Result>(
    _ code: VaultError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    let error = #expect(throws: VaultError.self, comment, sourceLocation: sourceLocation) {
        _ = try body()
    }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
}

/// What each prefix of `bytes`, each byte changed in its lowest or highest bit, and a few bytes behind them
/// give: none of them may be accepted.
func expectEveryChangeRefused(
    of bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation, _ read: ([UInt8]) throws -> Void
) {
    var accepted: [String] = []
    func check(_ changed: [UInt8], _ change: @autoclosure () -> String) {
        do {
            try read(changed)
            accepted.append(change())
        } catch is VaultError {
        } catch {
            accepted.append("\(change()): \(error)")
        }
    }
    for place in bytes.indices {
        for bit: UInt8 in [0x01, 0x80] {
            var changed = bytes
            changed[place] ^= bit
            check(changed, "byte \(place) ^ \(bit)")
        }
        check(Array(bytes[..<place]), "cut at \(place)")
    }
    // A zero byte, a field that no version knows, a field once more, and the whole once more.
    for suffix in [[0], [0x78, 1], [0x7a, 0], [0x1a, 0], [0x12, 0], bytes] as [[UInt8]] {
        check(bytes + suffix, "with \(suffix.prefix(4)) behind")
    }
    #expect(accepted == [], sourceLocation: sourceLocation)
}
