import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A replica that missed something gets it from another one, in the next run at the latest, and says so until then.
@Suite struct CatchUpTests {
    let test: TestVault

    init() async throws { test = try await TestVault() }

    private func backUp(_ vault: OpenVault, photo number: Int) async throws -> BackupSummary {
        try test.write(randomBytes(5000), to: "photos/\(number).jpg")
        return try await test.backUp(vault)
    }

    private func goAway(_ replica: TestReplica) { replica.fault { _ in .connectionFailed } }

    @Test(arguments: [false, true])
    func aReplicaThatWasAwayIsMadeWholeByTheNextRun(withoutCatalog: Bool) async throws {
        let vault = try await test.open()
        let replica = test.replicas[2]
        _ = try await backUp(vault, photo: 0)
        goAway(replica)
        for number in 1...2 {
            let summary = try await backUp(vault, photo: number)
            #expect(summary.replicas.map(\.isWhole) == [true, true, false])
            #expect(summary.replicas[2].isBehind && summary.replicas[2].failure == "as the test wants it")
        }
        let status = try await test.access().status().replicas[2].standing
        #expect(status.isBehind && status.packsMissing > 0 && status.bytesMissing > 10_000)
        #expect(status.behindSince != nil && status.reason == "as the test wants it")

        replica.works()
        replica.forgetPuts()
        let again = withoutCatalog ? try await test.openAnew() : vault
        let summary = try await test.backUp(again)
        #expect(summary.replicas.allSatisfy { $0.isWhole && !$0.isBehind && $0.standing.behindSince == nil })
        #expect(summary.bytesStored == 0 || withoutCatalog)
        replica.expectCommitOrder()
        try await test.expectAlike()
        #expect(try await !test.access().status().isBehind)
        #expect(try await !test.verify(again, level: .decrypt).isBehind)
    }

    @Test func aReplicaThatFailedInTheMiddleIsTriedAgainAtTheEnd() async throws {
        let vault = try await test.open()
        test.replicas[1].fault { [test] call in
            // Until the others have the snapshot.
            guard call.put != nil else { return nil }
            let isCommitted = try? await !test.replicas[0].names("snapshots/").isEmpty
            return isCommitted == true ? nil : .connectionFailed
        }
        let summary = try await backUp(vault, photo: 1)
        #expect(summary.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        #expect(test.replicas[1].puts.map(\.commitRank) == test.replicas[1].puts.map(\.commitRank).sorted())
        try await test.expectAlike()
    }

    @Test func oneThatIsBehindCatchesUpWhereTheQuorumNeedsIt() async throws {
        let vault = try await test.open()
        goAway(test.replicas[2])
        _ = try await backUp(vault, photo: 1)
        test.replicas[2].works()
        goAway(test.replicas[1])
        let summary = try await backUp(vault, photo: 2)
        #expect(summary.replicas.map(\.isWhole) == [true, false, true])
        test.replicas[2].expectCommitOrder()
    }

    @Test func whatTooFewCanTakeIsToldWithTheReasonOfEach() async throws {
        let vault = try await test.open()
        _ = try await backUp(vault, photo: 1)
        for replica in test.replicas.dropFirst() {
            try await replica.lose("packs/")
            try await replica.lose("inventory/")
        }
        let error = try #require(
            await #expect(throws: QuorumError.self) { try await backUp(vault, photo: 2) })
        #expect(error.description.hasPrefix("1 of 3 replicas stored snapshots/"))
        for name in ["b", "c"] {
            #expect(error.description.contains("\(name): it lacks packs that the snapshot needs"))
        }
        #expect(error.hint?.contains("heal") == true)
        _ = try await test.heal(vault)
        #expect(try await backUp(vault, photo: 3).replicas.allSatisfy { !$0.isBehind })
    }

    @Test func whatIsCheapestToReadIsRead() async throws {
        var access = test.access()
        access.providers = zip(test.replicas, ["s3:a", "file:/b", "s3:c"]).map {
            Provider(store: $0.store, location: $1)
        }
        let vault = try await access.open()
        goAway(test.replicas[2])
        _ = try await backUp(vault, photo: 1)
        test.replicas[2].works()
        test.replicas[0].fault { $0.get?.rawValue.hasPrefix("packs/") ?? false ? .serverFailed : nil }
        #expect(try await test.backUp(vault).replicas.allSatisfy { !$0.isBehind })
        #expect(try vault.catalog.findings().isEmpty)
    }

    @Test func endedHalfwayItHasLostNothing() async throws {
        let vault = try await test.open()
        let replica = test.replicas[2]
        goAway(replica)
        for number in 1...4 { _ = try await backUp(vault, photo: number) }
        let packCount = try await test.replicas[0].names("packs/").count
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let puts = Counter()
        replica.fault { call in
            guard call.put?.rawValue.hasPrefix("packs/") ?? false, puts.next() == 3 else { return nil }
            reach.yield()
            await untilCancelled()
            return .cancelled
        }
        replica.forgetPuts()
        let run = Task {
            try await vault.catchUp(progress: RunProgress(replicaCount: 3), warn: test.warn)
        }
        for await _ in reached { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        let stored = Set(try await replica.names().filter { !$0.rawValue.hasPrefix("keyring/") })
        #expect(stored.count { $0.rawValue.hasPrefix("packs/") } < packCount)
        #expect(stored.allSatisfy { !$0.rawValue.hasPrefix("snapshots/") })

        replica.works()
        replica.forgetPuts()
        let standings = try await test.open().catchUp(
            progress: RunProgress(replicaCount: 3), warn: test.warn)
        #expect(standings.allSatisfy { $0.isWhole })
        // What was on its way when it ended may be put again: three at most, and one of them was not stored.
        #expect(stored.intersection(replica.puts).count <= 2)
        replica.expectCommitOrder()
        try await test.expectAlike()
    }

    @Test func whatIsBeingDeletedIsNotCopied() async throws {
        let vault = try await test.open()
        goAway(test.replicas[2])
        _ = try await backUp(vault, photo: 1)
        let doomed = try await test.replicas[0].names("packs/")
        let (name, bytes) = Tombstone(vault: vault.id, created: .now(), objects: doomed, state: .deleting)
            .sealed(by: vault.keyring.signingKey)
        for replica in test.replicas.prefix(2) { try await replica.plant(name.key, bytes) }
        test.replicas[2].works()
        let summary = try await test.backUp(vault)
        #expect(summary.replicas.allSatisfy { !$0.isBehind })
        #expect(Set(test.replicas[2].allPuts).isDisjoint(with: doomed))
        #expect(try await test.replicas[2].names("tombstones/") == [name.key])
        expectSame(try await test.restored(vault), try test.tree(keys: vault.keys))
    }

    @Test func whatNoInventoryNamesIsNotSpread() async throws {
        let vault = try await test.open()
        let stray = ObjectName.pack(SHA256.hash([7])).key
        try await test.replicas[0].plant(stray, [7])
        goAway(test.replicas[1])
        _ = try await backUp(vault, photo: 1)
        test.replicas[1].works()
        _ = try await test.backUp(vault)
        _ = try await test.heal(vault, level: .read)
        #expect(try await !test.replicas[1].names().contains(stray))
    }

    // MARK: - Away as expected

    private func openExpecting(_ interval: Duration) async throws -> OpenVault {
        var access = test.access()
        access.providers = zip(test.replicas, [nil, nil, interval] as [Duration?]).map {
            Provider(store: $0.store, location: $0.name, expectedEvery: $1)
        }
        return try await access.open()
    }

    @Test func aDiskThatIsAwayAsExpectedIsBehindOnlyWhenOverdue() async throws {
        let vault = try await openExpecting(.seconds(30 * 86400))
        _ = try await backUp(vault, photo: 1)
        goAway(test.replicas[2])
        _ = test.warnings()
        let summary = try await backUp(vault, photo: 2)
        #expect(summary.replicas.allSatisfy { !$0.isBehind })
        let standing = summary.replicas[2].standing
        #expect(standing.isAway && standing.packsMissing > 0 && !summary.replicas[2].isWhole)
        #expect(test.warnings() == [])

        try vault.catalog.database.write {
            try $0.execute(sql: "UPDATE replica SET behind_since = behind_since - 31 * 86400")
        }
        let overdue = try await test.backUp(vault)
        #expect(overdue.replicas[2].isBehind && !overdue.replicas[2].standing.isAway)
        #expect(test.warnings().map(\.what).contains("c"))

        test.replicas[2].works()
        let back = try await test.backUp(vault)
        #expect(back.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        goAway(test.replicas[2])
        // From now on it may be away as long again.
        #expect(try await backUp(vault, photo: 3).replicas[2].standing.isAway)
    }

    /// As `backUp` and `status` do, so do `verify` and `heal`; a run of verify alone writes down since when.
    @Test(arguments: [VerifyLevel.list, .read])
    func aDiskThatIsAwayAsExpectedIsNotBehindForAVerification(level: VerifyLevel) async throws {
        let vault = try await openExpecting(.seconds(30 * 86400))
        _ = try await backUp(vault, photo: 1)
        goAway(test.replicas[2])
        for _ in 0..<2 {
            let summary = try await test.verify(vault, level: level)
            #expect(!summary.isBehind && !summary.isDamaged)
            #expect(summary.replicas.map(\.isAway) == [false, false, true])
            #expect(summary.replicas[2].rightCount == 0)
            #expect(try await !test.heal(vault, level: level).isBehind)
        }
        let asked = try await vault.verify(VerifyRequest(level: level, providers: ["c"]))
        #expect(asked.isBehind && !asked.replicas[2].isAway)

        try vault.catalog.database.write {
            try $0.execute(sql: "UPDATE replica SET behind_since = behind_since - 31 * 86400")
        }
        let overdue = try await test.verify(vault, level: level)
        #expect(overdue.isBehind && !overdue.replicas[2].isAway)

        test.replicas[2].works()
        #expect(try await !test.verify(vault, level: level).isBehind)
        goAway(test.replicas[2])
        #expect(try await !test.verify(vault, level: level).isBehind)
    }

    /// Where nothing was verified at all, nothing is said to be whole.
    @Test func disksThatAreAllAwayAreNoProof() async throws {
        let vault = try await openExpecting(.seconds(30 * 86400))
        for replica in test.replicas { goAway(replica) }
        #expect(try await test.verify(vault).isBehind)
    }

    @Test(arguments: [ObjectStoreError.Code.accessDenied, .system, .malformedAnswer])
    func aDiskThatIsThereAndCannotBeReadIsNotAway(code: ObjectStoreError.Code) async throws {
        let vault = try await openExpecting(.seconds(30 * 86400))
        _ = try await backUp(vault, photo: 1)
        test.replicas[2].fault { $0.list == nil ? nil : code }
        #expect(try await test.verify(vault).isBehind)
        let summary = try await backUp(vault, photo: 2)
        #expect(summary.replicas[2].isBehind && !summary.replicas[2].standing.isAway)
    }

    @Test func aDiskThatIsThereAndTakesNothingIsBehind() async throws {
        let vault = try await openExpecting(.seconds(30 * 86400))
        test.replicas[2].fault { $0.put == nil ? nil : .outOfSpace }
        let summary = try await backUp(vault, photo: 1)
        #expect(summary.replicas[2].isBehind && !summary.replicas[2].standing.isAway)
    }
}
