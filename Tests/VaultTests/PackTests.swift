import Crypto
import ObjectStore
import Testing

@testable import Vault

@Suite("Packs")
struct PackTests {
    static let message = 256 << 10

    /// A finished pack and what was written into it.
    struct Pack {
        let digest: SHA256Digest
        let bytes: [UInt8]
        let references: [Reference]

        init(
            _ chunks: [[UInt8]], role: ChunkRole = .content, vault: VaultID = TestVault.id,
            compressor: Compressor? = Compressor()
        ) {
            let writer = PackWriter(vault: vault, bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
            let places = chunks.map { writer.append($0, role: role, compressor: compressor) }
            let (digest, bytes) = writer.finish()
            self.digest = digest
            self.bytes = bytes.array
            references = zip(chunks, places).map { chunk, place in
                Reference(pack: digest, place: place, chunkID: role == .content ? Self.id(chunk) : nil)
            }
        }

        static func id(_ chunk: [UInt8]) -> SHA256Digest {
            HMACSHA256.authenticate(chunk.span.bytes, key: TestVault.keys.contentKey)
        }

        /// What the reference means, read from this pack.
        func open(
            _ reference: Reference, role: ChunkRole = .content, vault: VaultID = TestVault.id,
            contentKey: SecretBytes? = TestVault.keys.contentKey
        ) throws -> [UInt8] {
            try bytes.withUnsafeBytes { bytes in
                try ChunkReader(vault: vault, contentKey: contentKey).open(
                    UnsafeRawBufferPointer(rebasing: bytes[reference.range]), reference, role: role)
            }
        }
    }

    /// Text that compresses well.
    static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7 % 61) } }

    static let sizes = [
        0, 1, 2, 33, 34, 100, message - 1, message, message + 1, 2 * message + 17, Format.chunkByteCount - 1,
        Format.chunkByteCount,
    ]

    @Test("give back chunks of every size, compressed and not", arguments: sizes)
    func roundTrip(_ size: Int) throws {
        let text = Self.text(size)
        let noise = randomBytes(size)
        let pack = Pack([text, noise, text])
        for (chunk, reference) in zip([text, noise, text], pack.references) {
            #expect(reference.plaintextByteCount == size)
            let isEqual = try pack.open(reference) == chunk
            #expect(isEqual)
        }
        // Of one or two bytes nothing can be saved.
        #expect(pack.references[0].isCompressed == (size > 2))
        #expect(!pack.references[1].isCompressed)
        // Never the same key twice, also for the same content.
        #expect(pack.references[0].key != pack.references[2].key)
        #expect(pack.references[0].chunkID == pack.references[2].chunkID)
    }

    /// restic #4523, #4677: a fault in the compressor.
    @Test("hold as it was what a faulty compressor would have spoiled", arguments: [0, 5, 9, -1])
    func faultyCompressor(place: Int) throws {
        let text = Self.text(100_000)
        let faulty = Compressor { frame in frame[place < 0 ? frame.count + place : place] ^= 0x10 }
        let pack = Pack([text], compressor: faulty)
        #expect(!pack.references[0].isCompressed)
        #expect(try pack.open(pack.references[0]) == text)
    }

    @Test("are the sealed chunks, one behind the other, named by their SHA-256")
    func layout() {
        let chunks = [Self.text(1000), randomBytes(Self.message + 1), [], randomBytes(5)]
        let pack = Pack(chunks)
        #expect(pack.digest == SHA256.hash(pack.bytes))
        #expect(pack.references.first?.offset == 0)
        for (reference, next) in zip(pack.references, pack.references.dropFirst()) {
            #expect(reference.range.upperBound == next.range.lowerBound)
        }
        #expect(pack.references.last?.range.upperBound == pack.bytes.count)
        #expect(pack.references[1].length == 24 + UInt32(Self.message) + 1 + 2 * 17)
        #expect(pack.references[2].length == 24 + 17)
        #expect(pack.references.allSatisfy { $0.pack == pack.digest })
    }

    @Test("of nothing are the hash of nothing")
    func empty() {
        #expect(Pack([]).digest.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("are full at 16 MiB, and then under the limit of an object")
    func fullByBytes() {
        let writer = PackWriter(
            vault: TestVault.id, bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
        #expect(writer.isEmpty)
        let chunk = randomBytes(Format.chunkByteCount)
        // Short of the limit by one byte, so that one more of the largest chunks goes in.
        let overhead = 24 + 16 * 17
        for _ in 0..<3 { _ = writer.append(chunk, role: .content, compressor: nil) }
        let rest = Format.packByteCount - 1 - writer.byteCount - overhead
        _ = writer.append(Array(chunk.prefix(rest)), role: .content, compressor: nil)
        #expect(writer.byteCount == Format.packByteCount - 1)
        #expect(!writer.isFull)
        _ = writer.append(chunk, role: .content, compressor: nil)
        #expect(writer.isFull)
        #expect(writer.byteCount == Format.maximumPackByteCount - 1)
    }

    @Test("are full at so many chunks")
    func fullByCount() {
        let writer = PackWriter(
            vault: TestVault.id, bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
        for count in 0..<Format.packChunkLimit {
            #expect(!writer.isFull && writer.chunkCount == count)
            _ = writer.append([], role: .content, compressor: nil)
        }
        #expect(writer.isFull)
    }

    @Test("show what was written last")
    func tail() {
        let writer = PackWriter(
            vault: TestVault.id, bytes: ObjectBytes(capacity: Format.maximumPackByteCount))
        _ = writer.append([1, 2, 3], role: .page, compressor: nil)
        let start = writer.byteCount
        _ = writer.append([4], role: .page, compressor: nil)
        let tail = writer.bytes(from: start)
        #expect(tail == Array(writer.finish().bytes.array[start...]))
        #expect(tail.count == 24 + 1 + 17)
    }
}
