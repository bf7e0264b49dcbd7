import Crypto
import Foundation
import Testing

@Suite("Secrets")
struct SecretBytesTests {
    static let text = "do not show this"
    static let secret = SecretBytes(Array(text.utf8))

    /// What a careless line of code prints of a value.
    private func printed(_ value: some Any) -> String {
        var text = "\(value) " + String(describing: value) + String(reflecting: value)
        dump(value, to: &text)
        print(Mirror(reflecting: value).children.map { "\($0)" }, to: &text)
        return text
    }

    private func expectHidden(
        _ value: some Any, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = printed(value)
        let forms = [
            String(decoding: bytes, as: UTF8.self), bytes.hex, bytes.hex.uppercased(), "\(bytes)",
            "\(bytes[0]), \(bytes[1])", Data(bytes).base64EncodedString(),
        ]
        for form in forms {
            #expect(!text.contains(form), sourceLocation: sourceLocation)
        }
    }

    @Test("are not printed, alone or inside of what holds them")
    func hidden() throws {
        struct Holder { var secret: SecretBytes }
        let bytes = Array(Self.text.utf8)
        expectHidden(Self.secret, bytes)
        expectHidden(Holder(secret: Self.secret), bytes)
        expectHidden([Optional(Self.secret)], bytes)

        let random = SecretBytes(randomCount: 32)
        expectHidden(try SigningKey(seed: random), random.copy)
        expectHidden(try ReceivingKey(secretKey: random), random.copy)
        expectHidden(WrappedKey(wrapping: random, under: random, purpose: []), random.copy)
        let chunkKey = ChunkKey(random.copy)!
        expectHidden(chunkKey, random.copy)
        expectHidden([chunkKey: Optional(chunkKey)], random.copy)
    }

    @Test("are equal when all their bytes are")
    func equality() {
        let bytes = randomBytes(32)
        let secret = SecretBytes(bytes)
        #expect(secret == SecretBytes(bytes))
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 0x10
            #expect(secret != SecretBytes(other))
        }
        #expect(secret != SecretBytes((bytes + [0])))
        #expect(secret != secret.part(0..<31))
        #expect(SecretBytes(randomCount: 0) == SecretBytes(randomCount: 0))
    }

    @Test("are made of a part")
    func part() {
        let secret = SecretBytes(Array(0..<32))
        #expect(secret.part(0..<32) == secret)
        #expect(secret.part(31..<32).copy == [31])
        #expect(secret.part(8..<12).copy == [8, 9, 10, 11])
        #expect(secret.part(5..<5).count == 0)
    }

    @Test("wipe the array that they are made of")
    func consuming() {
        var bytes = randomBytes(64)
        let copy = bytes.map { $0 }
        let secret = SecretBytes(consuming: &bytes)
        #expect(secret.copy == copy)
        #expect(bytes == [UInt8](repeating: 0, count: 64))
    }

    @Test("wiping overwrites in place", arguments: [0, 1, 16, 1000])
    func wipe(_ count: Int) {
        var bytes = [UInt8](repeating: 0xaa, count: count)
        // The address shows that the bytes themselves are overwritten, and no copy of them.
        let before = bytes.withUnsafeBytes { $0.baseAddress }
        bytes.wipe()
        #expect(bytes.withUnsafeBytes { $0.baseAddress } == before)
        #expect(bytes == [UInt8](repeating: 0, count: count))
    }

    @Test("an error while filling is passed on")
    func failure() {
        struct Failure: Error, Equatable { var place: Int }
        #expect(throws: Failure(place: 3)) {
            _ = try SecretBytes(count: 8) { buffer throws(Failure) in
                buffer[0] = 1
                throw Failure(place: 3)
            }
        }
    }

    @Test("are zero where nothing is written")
    func zeroed() {
        #expect(SecretBytes(count: 100) { _ in }.copy == [UInt8](repeating: 0, count: 100))
    }

    @Test("cannot be changed once they are made")
    func readOnly() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = SecretBytes(randomCount: 32)
            secret.withUnsafeBytes {
                UnsafeMutableRawPointer(mutating: $0.baseAddress!).storeBytes(of: 1, as: UInt8.self)
            }
        }
    }

    @Test("end at a page that cannot be read")
    func fenced() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = SecretBytes(randomCount: 32)
            // Read as volatile as Swift can: the value decides how the process ends.
            let beyond = secret.withUnsafeBytes { ($0.baseAddress! + 32).load(as: UInt8.self) }
            exit(beyond == 0 ? 0 : 1)
        }
    }
}

@Suite("Random bytes, comparison and hexadecimal")
struct BytesTests {
    @Test("random bytes are of the length asked for, and never the same")
    func random() {
        for count in [0, 1, 24, 32, 1000] { #expect(randomBytes(count).count == count) }
        #expect(Set((0..<1000).map { _ in randomBytes(16) }).count == 1000)
        #expect(Set((0..<1000).map { _ in ChunkKey.random() }).count == 1000)
    }

    @Test("chunk keys are 32 bytes")
    func chunkKey() throws {
        let bytes = randomBytes(32)
        let key = try #require(ChunkKey(bytes))
        #expect(key.withUnsafeBytes { [UInt8]($0) } == bytes)
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 1
            #expect(ChunkKey(other) != key)
        }
        for count in [0, 31, 33] { #expect(ChunkKey(randomBytes(count)) == nil) }
    }

    @Test(
        "comparing in constant time compares",
        arguments: [
            ([1, 2, 3], [1, 2, 3], true), ([1, 2, 3], [1, 2, 4], false), ([1, 2, 3], [0, 2, 3], false),
            ([1, 2, 3], [1, 2], false), ([], [0], false), ([], [], true),
        ] as [([UInt8], [UInt8], Bool)])
    func constantTime(_ left: [UInt8], _ right: [UInt8], _ expected: Bool) {
        let isEqual = constantTimeEqual(left.span.bytes, right.span.bytes)
        #expect(isEqual == expected)
    }

    @Test("hexadecimal is lowercase and of whole bytes")
    func hexadecimal() {
        let all = (0...255).map { UInt8($0) }
        #expect([UInt8](hex: all.hex) == all)
        #expect(([0x00, 0x0f, 0xa5, 0xff] as [UInt8]).hex == "000fa5ff")
        #expect([UInt8](hex: "") == [])
        for text in ["0", "0g", "A0", "0 ", "+1", "é0", "0x00", "００"] {
            #expect([UInt8](hex: text) == nil, "\(text)")
        }
    }
}
