import Crypto
import Foundation
import Testing

@testable import Backup
@testable import Vault

/// Content that is in the vault is not stored again.
@Suite struct FlowSharedContentTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    private static let size = 300_000

    private func packedByteCount() async throws -> Int {
        try await test.replicas[0].memory.listAll(prefix: "packs/").reduce(0) { $0 + $1.byteCount }
    }

    @Test func equalFilesOfOneRunAreStoredOnce() async throws {
        let vault = try await test.open()
        let content = randomBytes(Self.size)
        for number in 0..<50 { try test.write(content, to: "photos/\(number).jpg") }
        let summary = try await test.backUp(vault)
        #expect(summary.filesNew == 50 && summary.bytesRead == 50 * Self.size)
        #expect(try await packedByteCount() < 2 * Self.size)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func copiesAndRenamesOfLaterRunsAreStoredOnce() async throws {
        let vault = try await test.open()
        let content = randomBytes(Self.size)
        try test.write(content, to: "photos/a.jpg")
        try await test.backUp(vault)
        let before = try await test.replicas[0].names("packs/")
        try test.write(content, to: "photos/copy.jpg")
        try test.scratch.makeFolder("sources/photos/folder")
        try checked { rename(test.source("photos/a.jpg"), test.source("photos/folder/renamed.jpg")) }
        try await test.backUp(vault)
        // In another collection as well.
        try await test.backUp(vault, "photos", as: "Others")
        #expect(try await test.replicas[0].names("packs/") == before)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        expectSame(try await test.restored(vault, "Others"), try test.tree(keys: vault.keys))
    }

    @Test func twoMachinesShareContent() async throws {
        try test.write(randomBytes(Self.size), to: "photos/a.jpg")
        try test.write(randomBytes(20 << 20), to: "photos/film.mp4")
        try test.write(randomBytes(Self.size), to: "photos/c.lrcat")
        let studio = try await test.open()
        let laptop = try await test.open(on: "laptop")
        try await test.backUp(studio)
        let before = try await test.replicas[0].names("packs/")
        let summary = try await test.backUp(laptop)
        // Its own snapshot of the same collection, with pages of its own.
        #expect(summary.filesNew == 3 && summary.packsStored == 1)
        #expect(try await test.replicas[0].names("packs/") == before)
        #expect(Set(try await studio.snapshots(warn: test.warn).map(\.host)) == ["studio", "laptop"])
        expectSame(try await test.restored(laptop), try test.tree(keys: laptop.keys))
    }

    @Test func databasesArePackedApart() async throws {
        let vault = try await test.open()
        for number in 0..<4 {
            try test.write(randomBytes(Self.size), to: "photos/\(number).jpg")
            try test.write(randomBytes(Self.size), to: "photos/\(number).lrcat")
        }
        try await test.backUp(vault)
        var packs: [Bool: Set<SHA256Digest>] = [:]
        try await vault.list(
            SnapshotSelection("Photos"), EntrySelection(), warn: test.warn,
            onEntry: { entry in
                let isDatabase = entry.path.name.suffix(6).elementsEqual(".lrcat".utf8)
                packs[isDatabase, default: []].formUnion(entry.content.map(\.pack))
            })
        #expect(packs[true]?.count == 1)
        #expect(try #require(packs[false]).isDisjoint(with: packs[true] ?? []))
    }

    @Test func oneChangedPartOfADatabaseIsStoredAlone() async throws {
        let vault = try await test.open()
        var content = randomBytes(40 * (256 << 10))
        try test.write(content, to: "photos/c.lrcat")
        try await test.backUp(vault)
        content[20 * (256 << 10)] ^= 1
        try test.write(content, to: "photos/c.lrcat")
        let before = try await packedByteCount()
        try await test.backUp(vault)
        #expect(try await packedByteCount() - before < 300 << 10)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }
}
