import Crypto
import Foundation
import Glibc
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Files of every size, and files that cannot be read, or change under the reader.
@Suite struct FlowFileTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    @Test func filesAroundTheSizesOfChunks() async throws {
        let vault = try await test.open()
        for (size, ending) in [(4 << 20, "jpg"), (4 << 20, "txt"), (256 << 10, "lrcat")] {
            for count in [0, 1, size - 1, size, size + 1] {
                try test.write(randomBytes(count), to: "photos/\(count).\(ending)")
            }
        }
        let summary = try await test.backUp(vault)
        #expect(summary.filesNew == 15 && summary.unreadable.isEmpty)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    /// The most references that an entry holds itself, and one more, which makes them a list.
    @Test func filesOfSoManyChunksThatTheyAreInLists() async throws {
        let vault = try await test.open()
        let chunk = 256 << 10
        try test.write(randomBytes(256 * chunk), to: "photos/most.lrcat")
        try test.write(randomBytes(256 * chunk + 1), to: "photos/more.lrcat")
        try await test.backUp(vault)
        var lists: [EntryPath: Int] = [:]
        try await vault.list(
            SnapshotSelection("Photos"), EntrySelection(), warn: test.warn,
            onEntry: { entry in
                lists[entry.path] = entry.contentLists.count
                #expect(entry.contentLists.allSatisfy { $0.chunkID != nil })
            })
        #expect(lists[EntryPath("photos/most.lrcat")] == 0 && lists[EntryPath("photos/more.lrcat")] == 1)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))

        // The list goes on to serve when its page is written anew, on a machine that has to learn it.
        try test.write("neighbour", to: "photos/neighbour.txt")
        let anew = try await test.openAnew()
        let summary = try await test.backUp(anew)
        #expect(summary.filesUnmodified == 2 && summary.replicas.allSatisfy { $0.isWhole })
        expectSame(try await test.restored(anew), try test.tree(keys: vault.keys))
        #expect(try await test.verify(anew, level: .decrypt).replicas.allSatisfy { $0.counts.isEmpty })
    }

    @Test func whatIsNoFileAnyMoreIsNamed() async throws {
        let vault = try await test.open()
        try writeThree()
        try await test.backUp(vault)
        try test.remove("photos/1.txt")
        try checked { mkfifo(test.source("photos/1.txt"), 0o644) }
        let summary = try await test.backUp(vault)
        #expect(summary.unreadable.map(\.path) == [EntryPath("photos/1.txt")])
        #expect(try await test.listed(vault).keys.sorted() == ["photos", "photos/2.txt", "photos/3.txt"])
    }

    @Test func anUnreadableFileKeepsItsEntryAndIsNamed() async throws {
        let vault = try await test.open()
        try writeThree()
        try await test.backUp(vault)
        let before = try await test.listed(vault)
        try test.write("two, changed", to: "photos/2.txt")
        try test.write("four", to: "photos/4.txt")
        // A link in their place is not followed, so neither can be opened.
        let scan = try await backUp(vault) { [test] path in
            guard path == "photos/2.txt" || path == "photos/4.txt" else { return }
            try test.remove(path)
            try checked { symlink("3.txt", test.source(path)) }
        }
        #expect(scan.unreadable.map(\.path) == [EntryPath("photos/2.txt"), EntryPath("photos/4.txt")])
        expectSame(
            try await test.listed(vault).filter { $0.key != "photos" }, before.filter { $0.key != "photos" })
    }

    @Test func aFileThatVanishesIsNotInTheSnapshot() async throws {
        let vault = try await test.open()
        try writeThree()
        try await test.backUp(vault)
        try test.write("two, changed", to: "photos/2.txt")
        let scan = try await backUp(vault) { [test] path in
            if path == "photos/2.txt" { try test.remove(path) }
        }
        #expect(scan.unreadable.isEmpty && scan.counts.filesTotal == 2)
        #expect(try await test.listed(vault).keys.sorted() == ["photos", "photos/1.txt", "photos/3.txt"])
    }

    @Test func aFileThatChangesBeforeItIsReadIsReadAsItIsThen() async throws {
        let vault = try await test.open()
        try writeThree()
        let scan = try await backUp(vault) { [test] path in
            if path == "photos/2.txt" { try test.write("two, and much longer than before", to: path) }
        }
        #expect(scan.unreadable.isEmpty && scan.counts.filesTotal == 3)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func anUnreadableFolderKeepsAllThatIsInIt() async throws {
        let vault = try await test.open()
        try writeThree()
        for name in ["closed/a.txt", "closed/deep/b.txt", "closed.txt", "d/e.txt"] {
            try test.write(name, to: "photos/\(name)")
        }
        try await test.backUp(vault)
        let before = try await test.listed(vault)
        _ = try run("/bin/chmod", "-R", "a+rwX", "--", test.scratch.path)
        try checked { chmod(test.source("photos/closed"), 0) }
        try test.remove("photos/d/e.txt")
        let scan = try await backUp(vault, isNobody: true) { _ in }
        try checked { chmod(test.source("photos/closed"), 0o755) }
        #expect(scan.unreadable.map(\.path) == [EntryPath("photos/closed")])
        let after = try await test.listed(vault)
        #expect(Set(before.keys).subtracting(after.keys) == ["photos/d/e.txt"])
        #expect(after["photos/closed/deep/b.txt"] == before["photos/closed/deep/b.txt"])
    }

    /// A reading after which a file was not what it was before.
    enum Meanwhile: CaseIterable {
        /// Other bytes; the same size and, as a program may set it, the same time.
        case rewritten
        /// A label, an attribute, or a file system that does this itself.
        case changeTime
        case modificationTime
        case size
        case nothing
    }

    @Test(arguments: Meanwhile.allCases, [Meanwhile.changeTime, .rewritten, .nothing])
    func aFileIsStoredOnceItHeldStillOrGaveTheSameTwice(first: Meanwhile, later: Meanwhile) throws {
        let content = randomBytes(6 << 20)
        try test.write(content, to: "photos/large.jpg")
        var file = FileRead(try #require(try walk(test.source()).last?.item))
        try read(&file, content, first)
        guard first != .nothing else {
            #expect(!(try #require(file.outcome).isChange))
            return
        }
        #expect(file.outcome?.isChange == true)
        var readings = 1
        while let again = file.again() {
            file = again
            readings += 1
            try read(&file, content, later)
            if file.outcome?.isChange != true { break }
        }
        switch later {
        case .nothing: #expect(readings == 2 && file.outcome?.isChange == false)
        case .changeTime:
            // Where the first reading was torn, the second has nothing to agree with.
            #expect(file.outcome?.isChange == false)
            #expect(readings == ([.changeTime, .modificationTime].contains(first) ? 2 : 3))
        default: #expect(readings == 3 && file.outcome?.isChange == true)
        }
    }

    /// Reads a file of two chunks, and lets something happen between these.
    private func read(_ file: inout FileRead, _ content: [UInt8], _ meanwhile: Meanwhile) throws {
        #expect(file.partCount == 2)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        for part in 0..<2 {
            #expect(file.outcome == nil)
            _ = try file.readPart(part, into: buffer, metadata: MetadataReader()) { bytes in
                PendingChunk(id: SHA256.hash(Array(bytes)))
            }
            guard part == 0 else { continue }
            let path = test.source("photos/large.jpg")
            usleep(20_000)
            switch meanwhile {
            case .nothing: break
            case .rewritten: try rewrite(randomBytes(content.count))
            case .changeTime: try checked { chmod(path, 0o600) }
            case .modificationTime: try checked { utimes(path, nil) }
            case .size: try checked { truncate(path, content.count - 1) }
            }
        }
        if meanwhile == .size { try test.write(content, to: "photos/large.jpg") }
    }

    private func rewrite(_ content: [UInt8]) throws {
        let path = test.source("photos/large.jpg")
        var status = stat()
        try checked { stat(path, &status) }
        repeat {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.write(contentsOf: content)
            try file.close()
            var times = [status.st_atim, status.st_mtim]
            try checked { utimensat(AT_FDCWD, path, &times, 0) }
            var now = stat()
            try checked { stat(path, &now) }
            // The kernel's clock advances in steps.
            if now.st_ctim.tv_nsec != status.st_ctim.tv_nsec { break }
        } while true
    }

    private func writeThree() throws {
        for (number, text) in ["one", "two", "three"].enumerated() {
            try test.write(text, to: "photos/\(number + 1).txt")
        }
    }

    /// Backs up as the flow does, and lets the test do something to each file between the walk and its reading.
    private func backUp(
        _ vault: OpenVault, isNobody: Bool = false,
        beforeReading change: @escaping @Sendable (String) throws -> Void
    ) async throws -> ScanResult {
        _ = try await vault.synchronise(warn: test.warn)
        let stored = try vault.catalog.objects(prefix: ObjectName.collectionsPrefix).first
        let collection: VaultCollection
        if let stored, let key = ObjectKey(stored.name), let bytes = try vault.catalog.bytes(of: key) {
            collection = try VaultCollection(
                bytes, named: vault.keys.collectionID(name: "Photos"), sequence: 1, keys: vault.keys,
                subject: stored.name)
        } else {
            collection = VaultCollection.make(name: "Photos", keys: vault.keys)
        }
        let base = try vault.catalog.heads().last?.id
        let row = try await vault.prepare(
            try vault.catalog.collection(collection.id, name: "Photos"), from: base.map { [$0] } ?? [],
            warn: test.warn
        ).row
        try vault.catalog.beginWriting(row)
        let source = test.source()
        let scan: @Sendable () throws -> ScanResult = {
            // The threads that it starts see the files as this one does.
            let pipeline = PackPipeline(
                vault: vault, progress: RunProgress(replicaCount: 3), workerCount: 2)
            let assembly = try SnapshotAssembly(
                vault: vault, collection: row, rules: .backup, pipeline: pipeline)
            let sink = InterferingSink(assembly, before: change)
            try CollectionScan(vault: vault, collection: row, rules: .backup, sink: sink)
                .run(TreeWalk(roots: [SourceRoot(path: source)]))
            return try assembly.finish()
        }
        let result = try await BlockingWork.run { isNobody ? try asNobody(scan) : try onOwnThread(scan) }
        var snapshot = Snapshot(collection: collection.id, device: vault.device.id)
        snapshot.finished = ((base?.time ?? .now()).secondsSince1970 + 1) * 1_000_000_000
        snapshot.pages = result.pages
        snapshot.fileCount = result.counts.filesTotal
        snapshot.linkCount = result.counts.linksTotal
        _ = try await SnapshotCommit(
            vault: vault, record: CollectionRecord(collection, isNew: stored == nil), row: row,
            snapshot: snapshot, lost: result.lostPacks, openable: [0, 1, 2], unreachable: [],
            warn: test.warn
        ).run()
        return result
    }
}

/// A sink that does something to each file before it is handed on to be read.
private final class InterferingSink: ScanSink {
    private let sink: SnapshotAssembly
    private let before: (String) throws -> Void

    init(_ sink: SnapshotAssembly, before: @escaping (String) throws -> Void) {
        self.sink = sink
        self.before = before
    }

    func countUnmodified() { sink.countUnmodified() }
    func countKept(_ kind: Entry.Kind, size: UInt64) { sink.countKept(kind, size: size) }
    func countKept(_ kind: Entry.Kind, size: UInt64, ofOther root: EntryPath) {
        sink.countKept(kind, size: size, ofOther: root)
    }
    func countRemoved(_ kind: Entry.Kind) { sink.countRemoved(kind) }
    func addConflict(_ conflict: ArchiveConflict) { sink.addConflict(conflict) }
    func addUnreadable(_ path: EntryPath, _ reason: String) { sink.addUnreadable(path, reason) }
    func addLeftOut(_ path: EntryPath, _ what: String) { sink.addLeftOut(path, what) }
    func countNoLoss(_ kind: Entry.Kind, size: UInt64) { sink.countNoLoss(kind, size: size) }
    func addIncomplete(_ path: EntryPath, _ reason: String) { sink.addIncomplete(path, reason) }
    func countSpecial(_ kind: FileStatus.Kind) { sink.countSpecial(kind) }
    func read(_ database: DatabaseRead) throws { try sink.read(database) }
    func allowCheckpoints(_ areAllowed: Bool) { sink.allowCheckpoints(areAllowed) }
    func closeFolders() throws { try sink.closeFolders() }
    func add(_ edits: PageEdits) throws { try sink.add(edits) }

    func read(
        _ file: FileRead, isInBase: Bool, besides current: PageEdits, before rest: ArraySlice<BasePage>
    ) throws {
        try before(String(decoding: file.path.bytes, as: UTF8.self))
        try sink.read(file, isInBase: isInBase, besides: current, before: rest)
    }
}
