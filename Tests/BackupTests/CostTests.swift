import Crypto
import Foundation
import GRDB
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Vault

/// What a run asks of its providers and of the catalog, as counts: they are the same on every machine.
@Suite struct CostTests {
    @Test func oneSmallFileAddedTakesFewRequests() async throws {
        let test = try await TestVault()
        try test.writeMany(fileCount: 5000)
        try await test.backUp(test.open())
        try await test.backUp(test.open())

        try test.write(noise(3000, seed: 1 << 40), to: "photos/added.xmp")
        let counts = CallCounts(test.replicas)
        let summary = try await test.backUp(test.open())
        #expect(summary.filesNew == 1 && summary.filesUnmodified == 5000)
        for replica in test.replicas {
            // The content, its page, the inventory and the snapshot.
            #expect(counts.puts(on: replica) == 4)
            // Keyrings, collections, inventories, snapshots, and tombstones before and after.
            #expect(counts.lists(on: replica) == 6)
            #expect(counts.total(on: replica) == 10 + counts.gets(on: replica))
        }
        // The keyring, from one of them: what that delivers shows that its puts need not be read back. Each of the others is
        // asked for its first one.
        #expect(test.replicas.map { counts.gets(on: $0) }.sorted() == [0, 0, 1])
    }

    @Test func smallFilesGoIntoAsFewPacksAsTheirBytesNeed() async throws {
        let (fileCount, fileByteCount) = (12_000, 3000)
        let test = try await TestVault()
        try test.writeMany(fileCount: fileCount, byteCount: fileByteCount)
        let counts = CallCounts(test.replicas)
        let summary = try await test.backUp(test.open())
        #expect(summary.filesNew == fileCount)

        let sealedByteCount = SealedChunk.sealedByteCount(plaintextByteCount: fileByteCount)
        let chunksInPack = min(Format.packChunkLimit, Format.packByteCount / sealedByteCount)
        // Each core fills a pack of its own, the last of which are not full.
        let contentPackCount = fileCount / chunksInPack + SystemLimits.coreCount
        for replica in test.replicas {
            #expect(counts.puts(on: replica, "packs/") <= contentPackCount)
            #expect(counts.puts(on: replica, "meta/") == 1)
            // The collection, the inventory and the snapshot.
            #expect(counts.puts(on: replica) <= contentPackCount + 4)
        }
    }

    @Test func anUnchangedRunStoresOnlyItsSnapshotAndWritesNoRow() async throws {
        let test = try await TestVault()
        try test.writeMany(fileCount: 3000)
        try await test.backUp(test.open())
        // Looks again at files that were written in the very moment in which the first run read them.
        try await test.backUp(test.open())

        let vault = try await test.open()
        try vault.catalog.refuseChanges(of: ["entry", "page", "page_pack", "pack", "chunk"])
        let counts = CallCounts(test.replicas)
        let summary = try await test.backUp(vault)
        #expect(summary.filesUnmodified == 3000 && summary.filesTotal == 3000)
        for replica in test.replicas {
            #expect(counts.puts(on: replica) == 1)
            #expect(counts.puts(on: replica, ObjectName.snapshotsPrefix) == 1)
        }
    }

    /// The test before this one can fail.
    @Test func aChangedFileDoesWriteRows() async throws {
        let test = try await TestVault()
        try test.write("before", to: "photos/a.jpg")
        try await test.backUp(test.open())
        try test.write("after that", to: "photos/a.jpg")
        let vault = try await test.open()
        try vault.catalog.refuseChanges(of: ["entry"])
        await #expect(throws: CatalogError.self) { try await test.backUp(vault) }
    }

    @Test func aRestoreOfManySmallFilesAsksForEachPackOnce() async throws {
        let test = try await TestVault()
        try test.writeMany(fileCount: 3000)
        let vault = try await test.open()
        let summary = try await test.backUp(vault)
        let packCount = try await test.replicas[0].names("packs/").count
        #expect(summary.filesNew == 3000 && packCount > 0)

        let counts = CallCounts(test.replicas)
        let restored = try await test.restored(vault)
        expectSame(restored, try test.tree(keys: vault.keys))
        // A batch of files ends where a pack need not: one that two batches share is asked for twice.
        #expect(test.replicas.reduce(0) { $0 + counts.gets(on: $1, "packs/") } <= 2 * packCount)
    }
}

/// Counts the calls to replicas from its making on.
private final class CallCounts: Sendable {
    private let calls = Mutex<[String: [StoreCall]]>([:])

    init(_ replicas: [TestReplica]) {
        for replica in replicas {
            replica.fault { [self] call in
                calls.withLock { $0[replica.name, default: []].append(call) }
                return nil
            }
        }
    }

    func puts(on replica: TestReplica, _ prefix: String = "") -> Int {
        count(on: replica) { $0.put?.rawValue.hasPrefix(prefix) ?? false }
    }

    func gets(on replica: TestReplica, _ prefix: String = "") -> Int {
        count(on: replica) { $0.get?.rawValue.hasPrefix(prefix) ?? false }
    }

    func lists(on replica: TestReplica) -> Int {
        count(on: replica) { if case .list = $0 { true } else { false } }
    }

    func total(on replica: TestReplica) -> Int { count(on: replica) { _ in true } }

    private func count(on replica: TestReplica, _ isCounted: (StoreCall) -> Bool) -> Int {
        calls.withLock { ($0[replica.name] ?? []).count(where: isCounted) }
    }
}

extension TestVault {
    /// Writes small files, no two alike, in folders of 500.
    fileprivate func writeMany(fileCount: Int, byteCount: Int = 100) throws {
        for number in 0..<fileCount {
            let folder = "photos/\(number / 500)"
            if number.isMultiple(of: 500) { try scratch.makeFolder("sources/\(folder)") }
            try Data(noise(byteCount, seed: UInt64(number)))
                .write(to: URL(fileURLWithPath: source("\(folder)/\(number).xmp")))
        }
    }
}

extension Catalog {
    /// Makes every statement fail that would change a row of these tables.
    fileprivate func refuseChanges(of tables: [String]) throws {
        try database.write { database in
            for table in tables {
                for change in ["INSERT", "UPDATE", "DELETE"] {
                    try database.execute(
                        sql: """
                            CREATE TRIGGER no_\(change)_\(table) BEFORE \(change) ON \(table)
                            BEGIN SELECT RAISE(ABORT, '\(change) of \(table)'); END
                            """)
                }
            }
        }
    }
}
