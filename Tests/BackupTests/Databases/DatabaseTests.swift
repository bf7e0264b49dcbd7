import Crypto
import Foundation
import Glibc
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Vault

/// SQLite databases and their logs: what comes back fits together, whatever wrote to them meanwhile.
@Suite struct DatabaseTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// Restores the newest snapshot into a folder, and returns that.
    private func restore(_ vault: OpenVault, _ collection: String = "Photos") async throws -> String {
        let destination = test.scratch("restored-\(UUID().uuidString)")
        _ = try await vault.restore(
            RestoreRequest(snapshot: SnapshotSelection(collection), destination: destination),
            progress: RunProgress(replicaCount: test.replicas.count), notify: { _ in }, warn: test.warn)
        return destination
    }

    /// A few backups beside each writer, and a thousand where `scripts/soak.sh` runs this in full.
    @Test(arguments: ["wal", "delete", "persist"])
    func aCatalogThatIsWrittenToComesBackSoundAndWithAllThatWasCommitted(mode: String) async throws {
        let vault = try await test.open()
        try test.write("a photo", to: "photos/a.jpg")
        let writer = try CatalogProgram(
            writingTo: test.source("photos/Catalog.lrcat"), mode: mode, seed: Soak.seed,
            committed: test.scratch("committed"))
        var soundCount = 0
        let backupCount = Soak.count("CATALOGS", default: 21) / 3
        for number in 1...max(1, backupCount) {
            let before = try #require(writer.committedCount)
            let summary = try await test.backUp(vault)
            let restored = try await restore(vault)
            defer { _ = try? run("/bin/rm", "-rf", "--", restored) }
            let isBusy = !summary.unreadable.isEmpty
            if isBusy {
                #expect(summary.unreadable.map(\.path) == [EntryPath("photos/Catalog.lrcat")])
                #expect(summary.unreadable.map(\.reason) == [DatabaseReader.busy])
            }
            let catalog = "\(restored)/photos/Catalog.lrcat"
            guard FileManager.default.fileExists(atPath: catalog) else {
                #expect(isBusy && soundCount == 0, "backup \(number) of \(mode)")
                continue
            }
            let count = try CatalogProgram.count(in: catalog)
            // The writer empties the catalog when it is large: what it told before says nothing then.
            let isEmptied = try #require(writer.committedCount) < before
            #expect(isBusy || isEmptied || count >= before, "backup \(number) of \(mode)")
            if !isBusy { soundCount += 1 }
        }
        #expect(soundCount > 0 && writer.isRunning)
    }

    /// As a program leaves its files that is ended by force, or is open and at rest.
    @Test(arguments: ["wal", "emptied-wal", "hot-journal", "persist", "truncate"])
    func everyStateOfADatabaseComesBackAsItIs(state: String) async throws {
        let vault = try await test.open()
        try test.write("a photo", to: "photos/a.jpg")
        let committed = try CatalogProgram.make(test.source("photos/library.db"), state)
        #expect(try await test.backUp(vault).unreadable.isEmpty)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
        let restored = try await restore(vault)
        #expect(try CatalogProgram.count(in: "\(restored)/photos/library.db") == committed)
        // Nothing was written to the source: it is as the program left it.
        #expect(try CatalogProgram.count(in: test.source("photos/library.db")) == committed)
    }

    /// A database is one by its first bytes, whatever it is called, and one thing with its logs, whatever leaves them out.
    @Test func theLogsAreStoredWithADatabaseOfAnyName() async throws {
        let vault = try await test.open()
        for name in ["photos/no ending", "photos/photo.jpg", "photos/deep/x.dat"] {
            try test.write("", to: name)
            _ = try CatalogProgram.make(test.source(name), "wal")
        }
        vault.replicas.beginPhase()
        var request = BackupRequest(collection: "Photos", sources: [SourceRoot(path: test.source())])
        request.excludes = try ExcludePatterns(["*-wal", "*-shm"])
        _ = try await vault.backUp(
            request, progress: RunProgress(replicaCount: test.replicas.count), warn: test.warn)
        let restored = try await restore(vault)
        for name in ["photos/no ending", "photos/photo.jpg", "photos/deep/x.dat"] {
            #expect(try CatalogProgram.count(in: "\(restored)/\(name)") == 200)
        }
    }

    @Test func aDatabaseThatIsASourceItselfHasItsLog() async throws {
        let vault = try await test.open()
        try test.write("", to: "x.lrcat")
        _ = try CatalogProgram.make(test.source("x.lrcat"), "wal")
        try await test.backUp(vault, "x.lrcat")
        #expect(try CatalogProgram.count(in: "\(try await restore(vault))/x.lrcat") == 200)
    }

    @Test func aRestingDatabaseIsNotReadAgain() async throws {
        let vault = try await test.open()
        _ = try CatalogProgram.makeIn(test, "photos/x.lrcat", "wal")
        // Later than a change could hide behind.
        let old = timespec(tv_sec: time(nil) - 3600, tv_nsec: 5)
        for name in ["x.lrcat", "x.lrcat-wal", "x.lrcat-shm"] {
            try checked { utimensat(AT_FDCWD, test.source("photos/\(name)"), [old, old], 0) }
        }
        try await test.backUp(vault)
        usleep(100_000)
        try await test.backUp(vault)
        let summary = try await test.backUp(vault)
        #expect(summary.bytesRead == 0 && summary.filesUnmodified == 3 && summary.filesTotal == 3)
    }

    /// A log alone would bring another moment's changes into the main file, or take them out of it.
    @Test(arguments: [true, false])
    func aMainFileThatCannotBeReadKeepsItsLogsWithIt(isLogGone: Bool) async throws {
        let vault = try await test.open()
        let catalog = test.source("photos/x.lrcat")
        _ = try CatalogProgram.makeIn(test, "photos/x.lrcat", "wal")
        try await test.backUp(vault)
        let before = try await test.listed(vault)
        // Never at rest: neither what is read nor when it was written is the same twice.
        let restless = RestlessFile(catalog, offset: 8192)
        if isLogGone {
            try checked { unlink(catalog + "-wal") }
        } else {
            try Data(randomBytes(4096)).write(to: URL(fileURLWithPath: catalog + "-wal"))
        }
        var rules = ScanRules.backup
        rules.databasePatience = .milliseconds(10)
        let summary = try await test.backUp(vault, rules: rules)
        #expect(summary.unreadable.map(\.path) == [EntryPath("photos/x.lrcat")])
        let again = try await test.backUp(vault, rules: rules)
        restless.rest()
        let after = try await test.listed(vault)
        for name in ["photos/x.lrcat", "photos/x.lrcat-wal"] { #expect(after[name] == before[name]) }
        // It is not sent anew each time: no more than the lists of the snapshot.
        #expect(again.unreadable.count == 1 && again.bytesStored < 100_000, "\(again.bytesStored) bytes")
        #expect(try CatalogProgram.count(in: "\(try await restore(vault))/photos/x.lrcat") == 200)
    }

    /// An archive takes nothing out, but for a log of content that is replaced.
    @Test func anArchiveLeavesNoStaleLogBesideANewMainFile() async throws {
        let vault = try await test.open()
        _ = try CatalogProgram.makeIn(test, "photos/x.lrcat", "wal")
        _ = try await test.archive(vault, "photos")
        try test.remove("photos")
        _ = try CatalogProgram.makeIn(test, "photos/x.lrcat", "truncate")
        try test.remove("photos/x.lrcat-journal")
        _ = try await test.archive(vault, "photos", replace: true)
        let restored = try await restore(vault, "Shoot")
        #expect(!FileManager.default.fileExists(atPath: "\(restored)/photos/x.lrcat-wal"))
        #expect(try CatalogProgram.count(in: "\(restored)/photos/x.lrcat") == 200)
    }

    /// What is called like a log is one only beside a database.
    @Test func namesAloneMakeNoDatabase() async throws {
        let vault = try await test.open()
        try test.write(randomBytes(4096), to: "photos/travel")
        try test.write("a text", to: "photos/travel-journal")
        try test.write("another", to: "photos/note-wal")
        try test.write("", to: "photos/y.db")
        _ = try CatalogProgram.make(test.source("photos/y.db"), "truncate")
        try test.remove("photos/y.db-journal")
        try test.write("in a folder", to: "photos/y.db-journal/a.jpg")
        #expect(try await test.backUp(vault).unreadable.isEmpty)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }
}

extension CatalogProgram {
    /// The same below the sources of a test, in a folder that is made.
    static func makeIn(_ test: TestVault, _ below: String, _ state: String) throws -> Int {
        try test.write("", to: below)
        return try make(test.source(below), state)
    }
}

/// A thread that writes other bytes into one place of a file all the time.
private final class RestlessFile: Sendable {
    private let isToRest = Mutex(false)
    private let end = DispatchSemaphore(value: 0)

    init(_ path: String, offset: off_t) {
        Thread.detachNewThread { [self] in
            let descriptor = open(path, O_WRONLY)
            var number: UInt64 = 0
            while !isToRest.withLock({ $0 }) {
                number += 1
                pwrite(descriptor, &number, 8, offset)
                usleep(500)
            }
            close(descriptor)
            end.signal()
        }
    }

    func rest() {
        isToRest.withLock { $0 = true }
        end.wait()
    }
}
