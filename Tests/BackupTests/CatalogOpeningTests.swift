import Foundation
import GRDB
import Testing

@testable import Backup
@testable import Vault

/// Which catalog a run gets, by what it is for and what is wrong with the one that is there.
@Suite struct CatalogOpeningTests {
    private func path(_ test: TestVault) throws -> String {
        let state = test.access().state
        return state.catalogPath(try #require(state.vault(at: test.replicas.map(\.name))))
    }

    /// The vault as a new process would open it, closed so that its file can be changed.
    private func close(_ vault: OpenVault) throws { try vault.catalog.close() }

    /// SQLite sees nothing wrong: the row's seal does. The next run does not trust it.
    @Test func aKeyThatDoesNotOpenIsDamage() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let keys = vault.keys
        try vault.catalog.database.write { try $0.execute(sql: "UPDATE page SET offset = offset + 1") }
        let row = try #require(try vault.catalog.collections().first)
        #expect {
            try vault.catalog.pages(of: row, generation: row.generation, keys: keys)
        } throws: {
            ($0 as? CatalogError)?.code == .damaged
        }
        try close(vault)

        _ = test.warnings()
        let reading = try await test.open()
        #expect(!reading.catalog.isKept && test.warnings().count == 1)
        #expect(try await test.restored(reading) == test.tree(keys: keys))

        var access = test.access()
        access.changesVault = true
        let changing = try await access.open()
        #expect(changing.catalog.isKept && test.warnings().count == 1)
        try test.write(noise(3000, seed: 9), to: "photos/9.jpg")
        let summary = try await test.backUp(changing)
        #expect(summary.filesNew == 1 && summary.filesUnmodified == 3)
        #expect(test.warnings() == [])
    }

    /// A number that no reference has stops no process.
    @Test(arguments: [-1, Int64.max])
    func anImpossiblePlaceIsDamage(offset: Int64) async throws {
        let (_, vault) = try await TestVault.withThreeSnapshots()
        try vault.catalog.database.write {
            try $0.execute(sql: "UPDATE page SET offset = ?", arguments: [offset])
        }
        let row = try #require(try vault.catalog.collections().first)
        #expect(throws: CatalogError.self) {
            try vault.catalog.pages(of: row, generation: row.generation, keys: vault.keys)
        }
    }

    /// The copy of a page is compared with its reference, wherever a run goes by it.
    @Test func aPageThatIsAnotherIsDamage() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        try vault.catalog.database.write {
            try $0.execute(sql: "UPDATE page SET sealed = zeroblob(60)")
        }
        try test.write(noise(3000, seed: 9), to: "photos/9.jpg")
        await #expect {
            try await test.backUp(vault)
        } throws: {
            ($0 as? CatalogError)?.code == .damaged
        }
        try close(vault)
        var access = test.access()
        access.changesVault = true
        #expect(try await test.backUp(access.open()).filesTotal == 4)
    }

    /// What it remembers is no replica's to tell again. Its pages have no ids, and are pages all the same.
    @Test func oneOfTheVersionBeforeKeepsItsMemory() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        let row = try #require(try vault.catalog.collections().first)
        let box = CatalogKeyBox(keys: vault.keys)
        let pages = try vault.catalog.pages(of: row, generation: row.generation, keys: vault.keys)
        #expect(!pages.isEmpty && pages.allSatisfy { $0.page.reference.chunkID != nil })
        try vault.catalog.database.write { database in
            for (id, page) in pages {
                var reference = page.reference
                reference.chunkID = nil
                try database.execute(
                    sql: "UPDATE page SET key = ? WHERE id = ?", arguments: [Data(box.seal(reference)), id])
            }
            try database.execute(sql: "ALTER TABLE page DROP COLUMN chunk_id; PRAGMA user_version = 7")
        }
        try close(vault)

        // Only who remembers misses the newest of all.
        let newest = try #require(try await test.replicas[0].names("snapshots/").last)
        for replica in test.replicas { replica.hide([newest]) }
        let anew = try await test.open()
        #expect(anew.catalog.isKept)
        #expect(try await test.verify(anew).replicas.allSatisfy { $0.counts[.stale] == 1 })
        for replica in test.replicas { replica.hide([]) }
        try test.write(noise(3000, seed: 9), to: "photos/9.jpg")
        #expect(try await test.backUp(anew).filesUnmodified == 3)
        #expect(try await test.restored(anew) == test.tree(keys: anew.keys))
    }

    /// A catalog that another process holds is read as it is.
    @Test func aLockedOneIsCopied() async throws {
        let (test, vault) = try await TestVault.withThreeSnapshots()
        try close(vault)
        let access = test.access()
        access.catalogTroubles.note(CatalogError(.busy, path: try path(test), reason: "another run holds it"))
        _ = test.warnings()
        let copy = try await access.open()
        #expect(!copy.catalog.isKept && test.warnings().count == 1)
        #expect(try copy.catalog.snapshots().count == 3)
        let folder = parentFolder(of: copy.catalog.path)
        #expect(access.catalogTroubles.error(at: try path(test))?.code == .busy)
        #expect(FileManager.default.fileExists(atPath: folder))
    }

    /// What SQLite says, and what is made of it.
    @Test(arguments: [
        (ResultCode.SQLITE_CORRUPT, CatalogError.Code.damaged), (.SQLITE_NOTADB, .damaged),
        (.SQLITE_IOERR_READ, .damaged), (.SQLITE_IOERR_SHORT_READ, .damaged), (.SQLITE_FULL, .full),
        (.SQLITE_BUSY, .busy), (.SQLITE_LOCKED, .busy), (.SQLITE_READONLY, .unwritable),
        (.SQLITE_CANTOPEN, .unwritable), (.SQLITE_IOERR_WRITE, .unwritable), (.SQLITE_PERM, .unwritable),
        (.SQLITE_ERROR, .damaged), (.SQLITE_NOMEM, .other),
    ])
    func eachCodeHasARemedy(code: ResultCode, expected: CatalogError.Code) {
        let error = CatalogError(DatabaseError(resultCode: code), path: "/nowhere/catalog.sqlite")
        #expect(error.code == expected)
        #expect(!error.hint.isEmpty)
    }

    /// A device's name is part of what it is: a machine that is called otherwise is told what it was called.
    @Test func formerNamesAreKnown() async throws {
        let test = try await TestVault()
        try test.write("a", to: "photos/a.jpg")
        for host in ["first", "second", "third"] {
            var access = test.access(on: host)
            access.state = test.access().state
            try await test.backUp(access.open())
        }
        var access = test.access(on: "third")
        access.state = test.access().state
        #expect(try access.formerHosts(of: try await access.open()) == ["first", "second"])
        // Another user's are not this one's.
        access.user = LocalUser(number: 1001, name: "jo")
        #expect(try access.formerHosts(of: try await access.open()) == [])
    }
}
