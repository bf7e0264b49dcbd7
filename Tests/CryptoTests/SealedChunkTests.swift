import Crypto
import Testing

/// A chunk sealed by the code under test.
func sealChunk(_ plaintext: [UInt8], key: ChunkKey, associatedData: [UInt8]) -> [UInt8] {
    var sealed = [UInt8](
        repeating: 0, count: SealedChunk.sealedByteCount(plaintextByteCount: plaintext.count))
    plaintext.withUnsafeBytes { plaintext in
        sealed.withUnsafeMutableBytes {
            SealedChunk.seal(plaintext, key: key, associatedData: associatedData, into: $0)
        }
    }
    return sealed
}

/// The plaintext of a chunk; by default it is as long as the sealed length says.
func openChunk(
    _ sealed: [UInt8], key: ChunkKey, associatedData: [UInt8], plaintextByteCount: Int? = nil
) throws -> [UInt8] {
    guard
        let count = plaintextByteCount
            ?? SealedChunk.plaintextByteCount(sealedByteCount: sealed.count)
    else { throw CryptoError(.wrongLength, "no chunk has this length") }
    var plaintext = [UInt8](repeating: 0, count: count)
    try sealed.withUnsafeBytes { sealed in
        try plaintext.withUnsafeMutableBytes { plaintext in
            try SealedChunk.open(sealed, key: key, associatedData: associatedData, into: plaintext)
        }
    }
    return plaintext
}

@Suite("Sealed chunks")
struct SealedChunkTests {
    static let message = 256 << 10
    static let sealedMessage = (256 << 10) + 17
    static let key = ChunkKey.random()
    static let role = Array("vault 1 content".utf8)

    /// Bytes of which no two messages are alike.
    static func plaintext(_ count: Int) -> [UInt8] {
        (0..<count).map { place -> UInt8 in UInt8(truncatingIfNeeded: place &* 31 ^ place >> 8 ^ place >> 18)
        }
    }

    @Test(
        "open to what was sealed, with the length that the format gives",
        arguments: [
            (0, 1), (1, 1), (message - 1, 1), (message, 1), (message + 1, 2), (2 * message - 1, 2),
            (2 * message, 2), (2 * message + 1, 3), (4 << 20, 16), (4 << 20 - 1, 16),
        ] as [(Int, Int)])
    func roundTrip(_ count: Int, _ messages: Int) throws {
        let plaintext = Self.plaintext(count)
        let sealed = sealChunk(plaintext, key: Self.key, associatedData: Self.role)
        #expect(sealed.count == 24 + count + 17 * messages)
        #expect(SealedChunk.plaintextByteCount(sealedByteCount: sealed.count) == count)
        // Not with #expect: a failure would print megabytes.
        let isEqual = try openChunk(sealed, key: Self.key, associatedData: Self.role) == plaintext
        #expect(isEqual)
    }

    @Test("what is reported while sealing is the sealed chunk", arguments: [0, 1, message, 2 * message + 5])
    func reported(_ count: Int) {
        let plaintext = Self.plaintext(count)
        var sealed = [UInt8](repeating: 0, count: SealedChunk.sealedByteCount(plaintextByteCount: count))
        var hasher = SHA256()
        plaintext.withUnsafeBytes { plaintext in
            sealed.withUnsafeMutableBytes {
                SealedChunk.seal(plaintext, key: Self.key, associatedData: Self.role, into: $0) {
                    hasher.update($0)
                }
            }
        }
        let reported = hasher.finalize()
        #expect(reported == SHA256.hash(sealed))
    }

    @Test(
        "have lengths that only they have",
        arguments: [
            (-1, nil), (0, nil), (24, nil), (40, nil), (41, 0), (42, 1),
            (24 + sealedMessage, message), (24 + sealedMessage + 1, nil), (24 + sealedMessage + 16, nil),
            // A second message without plaintext is not written.
            (24 + sealedMessage + 17, nil), (24 + sealedMessage + 18, message + 1),
        ] as [(Int, Int?)])
    func lengths(_ sealed: Int, _ plaintext: Int?) {
        #expect(SealedChunk.plaintextByteCount(sealedByteCount: sealed) == plaintext)
    }

    @Test("of equal plaintexts are different in every message, also under one key")
    func differs() {
        let plaintext = [UInt8](repeating: 0, count: 2 * Self.message)
        let first = sealChunk(plaintext, key: Self.key, associatedData: Self.role)
        let second = sealChunk(plaintext, key: Self.key, associatedData: Self.role)
        let places = [0, 24, 24 + Self.sealedMessage]
        let pieces = places.flatMap { [first[$0..<($0 + 24)], second[$0..<($0 + 24)]] }
        #expect(Set(pieces).count == 6)
    }
}

@Suite("Sealed chunks that were changed")
struct TamperedChunkTests {
    typealias Chunk = SealedChunkTests

    static let plaintext = Chunk.plaintext(2 * Chunk.message + 100)
    static let sealed = sealChunk(plaintext, key: Chunk.key, associatedData: Chunk.role)
    static let second = 24 + Chunk.sealedMessage
    static let third = 24 + 2 * Chunk.sealedMessage

    private func expectRefused(
        _ sealed: [UInt8], _ code: CryptoError.Code, key: ChunkKey = Chunk.key, role: [UInt8] = Chunk.role,
        plaintextByteCount: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectError(code, sourceLocation: sourceLocation) {
            try openChunk(
                sealed, key: key, associatedData: role, plaintextByteCount: plaintextByteCount
            ).count
        }
    }

    @Test(
        "a bit that flips is found, wherever it is",
        arguments: [
            // The header: the nonce's two parts.
            0, 15, 16, 23,
            // Of each message: the tag byte, the ciphertext's ends and middle, the code's ends.
            24, 25, 24 + 1000, second - 17, second - 16, second - 1,
            second, second + 1, third - 17, third - 16, third - 1,
            third, third + 1, third + 100, third + 101, third + 116,
        ], [0, 7])
    func flippedBit(_ place: Int, _ bit: Int) {
        var sealed = Self.sealed
        sealed[place] ^= 1 << bit
        expectRefused(sealed, .notAuthentic)
    }

    @Test("a chunk cut at a message's end is truncated", arguments: [second, third])
    func cutAtMessage(_ end: Int) {
        expectRefused(Array(Self.sealed[..<end]), .truncated)
    }

    @Test(
        "a chunk cut anywhere is not as long as its plaintext",
        arguments: [0, 1, 23, 24, 40, 41, second - 1, second, second + 17, third, third + 116])
    func cut(_ end: Int) {
        expectRefused(
            Array(Self.sealed[..<end]), .wrongLength, plaintextByteCount: Self.plaintext.count)
    }

    @Test(
        "a chunk cut inside a message does not verify", arguments: [42, second - 1, third + 18, third + 116])
    func cutInside(_ end: Int) {
        expectRefused(Array(Self.sealed[..<end]), .notAuthentic)
    }

    @Test("bytes after the end are found", arguments: [1, 17, 18, 1000])
    func appended(_ count: Int) {
        let longer = Self.sealed + [UInt8](repeating: 0, count: count)
        expectRefused(longer, .wrongLength, plaintextByteCount: Self.plaintext.count)
        expectRefused(longer, .notAuthentic)
    }

    @Test("a message after the final one is found")
    func afterFinal() {
        // The final message is full, so that the border of messages is where the format has it.
        let whole = sealChunk(
            Chunk.plaintext(Chunk.message), key: Chunk.key, associatedData: Chunk.role)
        expectRefused(whole + Self.sealed[third...], .truncated)
        expectRefused(whole + whole[24...], .truncated)
    }

    private var third: Int { Self.third }
    private var second: Int { Self.second }

    @Test("messages that change places are found")
    func swapped() {
        var sealed = Array(Self.sealed[..<24])
        for message in [second..<third, 24..<second, third..<Self.sealed.count] {
            sealed += Self.sealed[message]
        }
        #expect(sealed.count == Self.sealed.count)
        expectRefused(sealed, .notAuthentic)
    }

    @Test("a message that is left out or repeated is found")
    func leftOutOrRepeated() {
        let sealed = Self.sealed
        expectRefused(Array(sealed[..<24] + sealed[second...]), .notAuthentic)
        expectRefused(Array(sealed[..<second] + sealed[third...]), .notAuthentic)
        expectRefused(Array(sealed[..<second] + sealed[24...]), .notAuthentic)
    }

    @Test("messages of another chunk under the same key are found")
    func mixed() {
        let other = sealChunk(Self.plaintext, key: Chunk.key, associatedData: Chunk.role)
        expectRefused(Array(Self.sealed[..<24] + other[24...]), .notAuthentic)
        expectRefused(Array(Self.sealed[..<third] + other[third...]), .notAuthentic)
    }

    @Test("another key does not open")
    func otherKey() {
        expectRefused(Self.sealed, .notAuthentic, key: .random())
    }

    @Test(
        "another role does not open",
        arguments: ["vault 1 page", "vault 2 content", "vault 1 conten", "vault 1 content ", ""])
    func otherRole(_ role: String) {
        expectRefused(Self.sealed, .notAuthentic, role: Array(role.utf8))
    }
}
