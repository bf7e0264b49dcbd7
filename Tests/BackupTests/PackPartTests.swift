import Crypto
import Testing

@testable import Backup
@testable import Vault

@Suite struct PackPartTests {
    /// A reference to `length` bytes at `offset` of the pack.
    private func reference(_ pack: UInt8, _ offset: Int, _ length: Int) -> Reference {
        Reference(
            pack: SHA256.hash([pack]), offset: UInt32(offset), length: UInt32(length), key: .random(),
            chunkID: nil, plaintextByteCount: UInt32(length), isCompressed: false)
    }

    @Test func partsAreLongEnoughForARequestAndShortEnoughToOverlap() {
        let chunk = (4 << 20) + 100
        let parts = PackPart.parts(of: (0..<4).map { reference(1, $0 * chunk, chunk) })
        #expect(parts.map(\.range) == [0..<(2 * chunk), (2 * chunk)..<(4 * chunk)])
        #expect(parts.map(\.pieces.count) == [2, 2])

        let small = PackPart.parts(of: (0..<4000).map { reference(1, $0 * 4096, 4096) })
        #expect(small.count == 2)
        #expect(small.flatMap { $0.pieces.map(\.reference.offset) } == (0..<4000).map { UInt32($0 * 4096) })
        #expect(small.allSatisfy { $0.range.count <= (8 << 20) + 4096 })
    }

    @Test func whatLiesFarApartOrInAnotherPackIsAPartOfItsOwn() {
        let references = [
            reference(1, 0, 1000), reference(1, 1000 + (128 << 10), 1000), reference(1, 1 << 20, 1000),
            reference(2, 0, 1000),
        ]
        let parts = PackPart.parts(of: references.shuffled())
        #expect(
            Set(parts.map(\.range)) == [0..<(2000 + (128 << 10)), (1 << 20)..<((1 << 20) + 1000), 0..<1000])
        #expect(parts.count == 3)
    }
}
