import Crypto
import Foundation
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A run that does not come to its end leaves nothing half done, and the next one goes on from there.
@Suite struct FlowFailureTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    /// Ten files whose packs are worth sparing.
    private func writeFiles(_ folder: String = "photos") throws {
        for number in 0..<10 { try test.write(randomBytes(50_000), to: "\(folder)/\(number).jpg") }
        try test.write(randomBytes(300_000), to: "\(folder)/c.lrcat")
    }

    static let stages = ["packs/", "meta/", "inventory/", "snapshots/", "collections/"]

    @Test(arguments: stages, [false, true])
    func theNextRunTakesUpWhatWasStored(failingAt prefix: String, afterAnother: Bool) async throws {
        let vault = try await test.open()
        if afterAnother { try test.write("before", to: "photos/before.txt") }
        if afterAnother { try await test.backUp(vault) }
        let isCollectionThere = afterAnother && prefix == "collections/"
        try writeFiles()
        for replica in test.replicas.dropFirst() {
            replica.fault { $0.put?.rawValue.hasPrefix(prefix) ?? false ? .timedOut : nil }
        }
        if isCollectionThere {
            try await test.backUp(vault)
        } else {
            await #expect(throws: QuorumError.self) { try await test.backUp(vault) }
            let count = try await test.replicas[1].names("snapshots/").count
            #expect(count == (afterAnother ? 1 : 0))
        }
        for replica in test.replicas { replica.works() }

        let vaultAgain = try await test.open()
        let stored = try await test.replicas[1].names("packs/")
        let summary = try await test.backUp(vaultAgain)
        // A record that too few have is copied until it is a quorum; the rest is for a heal.
        #expect(summary.replicas.count { $0.isWhole } >= (prefix == "collections/" ? 2 : 3))
        if prefix != "packs/" {
            #expect(try await test.replicas[1].names("packs/") == stored)
        }
        expectSame(try await test.restored(vaultAgain), try test.tree(keys: vault.keys))
        #expect(try await test.verify(vaultAgain, level: .decrypt).isDamaged == false)
    }

    /// As after a kill: the replicas have the packs, and nobody was left to write that down.
    @Test(arguments: [0, 1, 2])
    func packsStoredByAKilledRunAreTakenUp(replicasThatLostThem: Int) async throws {
        let vault = try await test.open()
        try writeFiles()
        for replica in test.replicas {
            replica.fault { $0.put?.rawValue.hasPrefix("inventory/") ?? false ? .timedOut : nil }
        }
        await #expect(throws: QuorumError.self) { try await test.backUp(vault) }
        for replica in test.replicas { replica.works() }
        let stored = try await test.replicas[2].names("packs/")
        #expect(stored.isEmpty == false)
        try vault.catalog.database.write { try $0.execute(sql: "UPDATE pack SET confirmed = 0") }
        for replica in test.replicas.prefix(replicasThatLostThem) {
            for name in stored { try await replica.memory.delete(name) }
        }

        try await test.backUp(try await test.open())
        let isTakenUp = try await test.replicas[2].names("packs/") == stored
        #expect(isTakenUp == (replicasThatLostThem < 2))
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func aDirtyCatalogIsRefilledFromItsOwnPages() async throws {
        let vault = try await test.open()
        try writeFiles()
        try await test.backUp(vault)
        try test.write("new", to: "photos/new.txt")
        for replica in test.replicas { replica.fault { $0.put == nil ? nil : .timedOut } }
        await #expect(throws: QuorumError.self) { try await test.backUp(vault) }
        // Nothing has to be fetched for that.
        for replica in test.replicas { replica.fault { $0.get == nil ? nil : .timedOut } }
        let summary = try await test.backUp(vault)
        #expect(summary.filesUnmodified == 11 && summary.filesNew == 1)
        for replica in test.replicas { replica.works() }
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test(arguments: stages)
    func aCancelledRunEndsAndTheNextOneIsRight(cancelledAt prefix: String) async throws {
        let vault = try await test.open()
        try writeFiles()
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        test.replicas[1].fault { call in
            guard call.put?.rawValue.hasPrefix(prefix) ?? false else { return nil }
            reach.yield()
            await untilCancelled()
            return .cancelled
        }
        let run = Task { try await test.backUp(vault) }
        for await _ in reached { break }
        run.cancel()
        // A snapshot that is there already is not called stored: whether a prune deletes what it needs was not looked up.
        let summary = try? await run.value
        #expect(summary == nil)
        test.replicas[1].works()
        try await test.backUp(vault)
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func aRunThatCannotStoreEndsEarlyAndSaysWhy() async throws {
        let vault = try await test.open()
        for number in 0..<12 { try test.write(randomBytes(16 << 20), to: "photos/\(number).jpg") }
        for replica in test.replicas { replica.fault { $0.put == nil ? nil : .timedOut } }
        let progress = RunProgress(replicaCount: 3)
        await #expect(throws: QuorumError.self) {
            try await vault.backUp(
                BackupRequest(collection: "Photos", sources: [SourceRoot(path: test.source())]),
                progress: progress, warn: test.warn)
        }
        #expect(progress.state.bytes < 12 * 16 << 20)
    }

    @Test func twoReplicasThatEachMissedAnotherPackStillMakeAQuorum() async throws {
        let vault = try await test.open()
        try writeFiles()
        let (packs, metas) = (Counter(), Counter())
        test.replicas[1].fault { call in
            guard call.put?.rawValue.hasPrefix("packs/") ?? false else { return nil }
            return packs.next() == 1 ? .timedOut : nil
        }
        test.replicas[2].fault { call in
            guard call.put?.rawValue.hasPrefix("meta/") ?? false else { return nil }
            return metas.next() == 1 ? .timedOut : nil
        }
        let summary = try await test.backUp(vault)
        #expect(summary.replicas.filter { $0.isWhole }.count >= 2)
        for (replica, told) in zip(test.replicas, summary.replicas) {
            #expect(try await !replica.names("snapshots/").isEmpty == told.isWhole)
        }
    }

    @Test func foldersAreNotKeptOpenForFilesThatWait() async throws {
        let vault = try await test.open()
        for number in 0..<3000 { try test.write("\(number)", to: "photos/\(number)/note.txt") }
        let most = Mutex(-1)
        let sources = test.source()
        test.replicas[0].fault { call in
            if call.put != nil {
                let count = openDescriptors(below: sources)
                most.withLock { $0 = max($0, count) }
            }
            return nil
        }
        try await test.backUp(vault)
        // Most machines allow a process 1,024.
        #expect((0..<512).contains(most.withLock { $0 }))
    }
}

/// How many descriptors this process has open of what lies below the folder.
private func openDescriptors(below folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.count {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        return target?.hasPrefix(folder) ?? false
    }
}

/// Waits until the task that calls it is cancelled.
func untilCancelled() async {
    let (stream, end) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    end.finish()
}
