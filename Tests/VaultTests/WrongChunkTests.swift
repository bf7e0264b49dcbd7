import Crypto
import Testing

@testable import Vault

@Suite("Chunks that are not what a reference means")
struct WrongChunkTests {
    typealias Pack = PackTests.Pack

    static let text = PackTests.text(5000)
    static let noise = randomBytes(5000)
    static let pack = Pack([text, noise, PackTests.text(5001), randomBytes(5000)])
    private var compressed: Reference { Self.pack.references[0] }
    private var plain: Reference { Self.pack.references[1] }

    private func changed(_ reference: Reference, _ change: (inout Reference) -> Void) -> Reference {
        var reference = reference
        change(&reference)
        return reference
    }

    @Test("in another role do not open", arguments: [2, 3, 4, 5] as [UInt8])
    func role(_ role: UInt8) throws {
        let role = try #require(ChunkRole(rawValue: role))
        for reference in Self.pack.references {
            expectError(.notAuthentic) { try Self.pack.open(reference, role: role) }
        }
        let other = Pack([Self.text], role: role)
        #expect(try other.open(other.references[0], role: role) == Self.text)
        expectError(.notAuthentic) { try other.open(other.references[0], role: .content) }
    }

    @Test("of another vault do not open")
    func vault() {
        for reference in Self.pack.references {
            expectError(.notAuthentic) { try Self.pack.open(reference, vault: TestVault.other) }
        }
    }

    @Test("under another key or at another place do not open")
    func place() {
        for reference in [compressed, plain] {
            expectError(.notAuthentic) { try Self.pack.open(changed(reference) { $0.key = .random() }) }
            expectError(.notAuthentic) { try Self.pack.open(changed(reference) { $0.offset += 1 }) }
            expectError(.notAuthentic) {
                try Self.pack.open(changed(reference) { $0.key = Self.pack.references[2].key })
            }
        }
    }

    @Test("that changed places do not open")
    func swapped() {
        let last = Self.pack.references[3]
        #expect(plain.length == last.length)
        expectError(.notAuthentic) { try Self.pack.open(changed(plain) { $0.offset = last.offset }) }
        expectError(.notAuthentic) { try Self.pack.open(changed(last) { $0.offset = plain.offset }) }
    }

    @Test("with a byte changed do not open")
    func everyByte() throws {
        let small = Pack([Array("a photo".utf8), PackTests.text(100)])
        for reference in small.references {
            for place in reference.range {
                var bytes = small.bytes
                bytes[place] ^= 1
                expectError(.notAuthentic) {
                    try bytes.withUnsafeBytes { bytes in
                        try ChunkReader(vault: TestVault.id, contentKey: nil).open(
                            UnsafeRawBufferPointer(rebasing: bytes[reference.range]), reference,
                            role: .content)
                    }
                }
            }
        }
    }

    @Test("of another id are refused by who has contentKey")
    func identifier() throws {
        for reference in [compressed, plain] {
            let wrong = changed(reference) { $0.chunkID = .repeating(1) }
            expectError(.notAuthentic) { try Self.pack.open(wrong) }
            // A recipient of a share cannot know.
            #expect(throws: Never.self) { try Self.pack.open(wrong, contentKey: nil) }
            #expect(throws: Never.self) { try Self.pack.open(changed(reference) { $0.chunkID = nil }) }
            // Under the key of another vault it is another id.
            expectError(.notAuthentic) {
                try Self.pack.open(reference, contentKey: SecretBytes(randomCount: 32))
            }
        }
    }

    /// Whoever was granted a collection has the key of a page of it, and can seal another under that.
    @Test("of another id are refused in every role", arguments: [1, 2, 3] as [UInt8])
    func identifierOfARole(_ role: UInt8) throws {
        let role = try #require(ChunkRole(rawValue: role))
        let pack = Pack([Self.text], role: role)
        let right = changed(pack.references[0]) { $0.chunkID = Pack.id(Self.text) }
        #expect(try pack.open(right, role: role) == Self.text)
        expectError(.notAuthentic) {
            try pack.open(changed(right) { $0.chunkID = Pack.id(Self.noise) }, role: role)
        }
    }

    @Test("of another length than the reference says are malformed")
    func length() throws {
        for reference in [compressed, plain] {
            let sealed = Array(Self.pack.bytes[reference.range])
            let reader = ChunkReader(vault: TestVault.id, contentKey: nil)
            for wrong in [sealed + [0], Array(sealed.dropLast()), Array(sealed.prefix(40)), []] {
                expectError(.malformed) {
                    try wrong.withUnsafeBytes { try reader.open($0, reference, role: .content) }
                }
            }
            // The reader is as good as before.
            let again = try sealed.withUnsafeBytes { try reader.open($0, reference, role: .content) }
            #expect(again.count == 5000)
        }
    }

    @Test(
        "of another plaintext size than the reference says are malformed",
        arguments: [0, 1, 4999, 5001, UInt32(Format.chunkByteCount)])
    func plaintextSize(_ size: UInt32) {
        for reference in [compressed, plain] {
            expectError(.malformed) {
                try Self.pack.open(changed(reference) { $0.plaintextByteCount = size })
            }
        }
    }

    @Test(
        "that grow past their size are malformed, before anything grows",
        arguments: [0, 1, 1000, (4 << 20) - 1] as [UInt32])
    func bomb(_ size: UInt32) throws {
        let pack = Pack([[UInt8](repeating: 0, count: Format.chunkByteCount)])
        let reference = pack.references[0]
        #expect(reference.isCompressed && reference.length < 1000)
        expectError(.malformed) { try pack.open(changed(reference) { $0.plaintextByteCount = size }) }
        let isWhole = try pack.open(reference).count == Format.chunkByteCount
        #expect(isWhole)
    }

    @Test("said to be compressed when they are not, or the reverse, are malformed")
    func compression() {
        expectError(.malformed) { try Self.pack.open(changed(plain) { $0.isCompressed = true }) }
        expectError(.malformed) { try Self.pack.open(changed(compressed) { $0.isCompressed = false }) }
    }
}
