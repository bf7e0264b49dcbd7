import Crypto
import Foundation
import Testing

@testable import Backup
@testable import Vault

/// What the lengths of chunks tell, which whoever stores them sees when they are read one by one.
@Suite struct ChunkLengthTests {
    private let test: TestVault
    private let vault: OpenVault

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
    }

    /// Backs up, and gives the references of each file's content by its name.
    private func stored() async throws -> [String: [Reference]] {
        try await test.backUp(vault)
        var stored: [String: [Reference]] = [:]
        try await vault.list(
            SnapshotSelection("Photos"), EntrySelection(), warn: test.warn,
            onEntry: { stored[String(decoding: $0.path.components.last!, as: UTF8.self)] = $0.content })
        return stored
    }

    /// Cuts that the content chose would tell known content from other.
    @Test func lengthsTellAPhotosLengthAndNothingElse() async throws {
        let count = 9 << 20
        let first = randomBytes(count)
        try test.write(first, to: "photos/first.jpg")
        try test.write(randomBytes(count), to: "photos/second.jpg")
        try test.write([UInt8](repeating: 0, count: count), to: "photos/empty.jpg")
        // All that a cut by content goes by, in another place.
        try test.write([7] + first.dropLast(), to: "photos/moved.jpg")
        let stored = try await stored()
        let lengths = stored.filter { $0.key.hasSuffix(".jpg") }.mapValues { $0.map(\.length) }
        #expect(lengths.count == 4 && Set(lengths.values).count == 1, "\(lengths)")
        #expect(lengths["first.jpg"]?.count == 3)
        let moved = Set(stored["moved.jpg"]!.compactMap(\.chunkID))
        #expect(moved.isDisjoint(with: stored["first.jpg"]!.compactMap(\.chunkID)))
    }

    /// A guess that stands in a file of its own is as long whether it is right or not; in one file with the secret it is
    /// shorter where it is right, which no format that compresses can help.
    @Test func textIsCompressedWithNoOtherFile() async throws {
        let secret = randomBytes(400).hex
        let wrong = String(secret.reversed())
        try test.write(secret, to: "photos/secret.txt")
        for (name, guess) in [("right", secret), ("wrong", wrong)] {
            try test.write("a guess: \(guess)", to: "photos/\(name).txt")
            try test.write("the secret: \(secret); a guess: \(guess)", to: "photos/\(name)-together.txt")
        }
        let stored = try await stored()
        func length(_ name: String) -> Int { Int(stored["\(name).txt"]?.first?.length ?? 0) }
        #expect(abs(length("right") - length("wrong")) < 16)
        #expect(length("right-together") + 200 < length("wrong-together"))
        #expect(stored["right.txt"]?.first?.isCompressed == true)
    }
}
