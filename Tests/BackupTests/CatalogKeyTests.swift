import Crypto
import Foundation
import Testing

@testable import Backup
@testable import Vault

/// The keys of chunks at rest in the catalog: sealed, each for its row.
@Suite struct CatalogKeyTests {
    private let box = CatalogKeyBox(
        keys: VaultKeys(vault: .random(), masterKey: SecretBytes(randomCount: 32)))
    private let reference = Reference(
        pack: SHA256.hash([1]), offset: 100, length: 1041, key: .random(), chunkID: SHA256.hash([2]),
        plaintextByteCount: 1000, isCompressed: false)

    private func open(_ sealed: [UInt8], _ change: (inout Reference) -> Void = { _ in }) throws -> ChunkKey {
        var row = reference
        row.key = .random()
        change(&row)
        try sealed.withUnsafeBytes { try box.open($0, into: &row) }
        return row.key
    }

    @Test func aKeyOpensInItsRowAlone() throws {
        let sealed = box.seal(reference)
        #expect(try open(sealed) == reference.key)
        let changes: [(inout Reference) -> Void] = [
            { $0.pack = SHA256.hash([3]) }, { $0.offset += 1 }, { $0.length += 1 },
            { $0.plaintextByteCount += 1 }, { $0.isCompressed = true }, { $0.chunkID = SHA256.hash([3]) },
            { $0.chunkID = nil },
        ]
        for change in changes { #expect(throws: CryptoError.self) { try open(sealed, change) } }
    }

    /// Neither that of content nor that of a page is in any of the catalog's files.
    @Test func noKeyIsInTheCatalogInPlain() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        try test.write(noise(5000, seed: 1), to: "photos/1.jpg")
        try await test.backUp(vault)
        var references = try await test.newest(vault).pages.map(\.reference)
        try await vault.list(
            SnapshotSelection("Photos"), EntrySelection(), warn: test.warn,
            onEntry: { references += $0.content })
        #expect(references.count == 2)
        let state = test.scratch("state-studio")
        let files = try #require(FileManager.default.enumerator(atPath: state)).compactMap { $0 as? String }
        #expect(files.contains { $0.hasSuffix("catalog.sqlite") })
        let contents = files.compactMap { FileManager.default.contents(atPath: "\(state)/\($0)") }
        // What is there in plain is found in this way.
        #expect(contents.contains { $0.range(of: Data(references[0].pack.bytes)) != nil })
        for reference in references {
            let key = reference.key.withUnsafeBytes { Data($0) }
            #expect(!contents.contains { $0.range(of: key) != nil })
        }
    }
}
