import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What went wrong in other tools where they check what they have stored, each as the test that would have shown it.
@Suite struct LessonsVerifyTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        (test, vault) = try await TestVault.withThreeSnapshots(fileByteCount: 9000)
    }

    /// A listing error was read as "no snapshots".
    @Test(arguments: ["", "snapshots/", "inventory/"])
    func restic4612AFailedListingIsNotAnAnswer(prefix: String) async throws {
        test.replicas[1].fault { $0.list == prefix ? .serverFailed : nil }
        let summary = try await test.verify(vault)
        #expect(summary.objectCount == (try await test.replicas[0].names().count))
        #expect(summary.replicas[0].counts.isEmpty && summary.replicas[2].counts.isEmpty)
        // Nothing is called missing by a listing that failed, and nothing is called right.
        #expect(summary.replicas[1].counts.isEmpty)
        if prefix.isEmpty { #expect(summary.isBehind && summary.replicas[1].rightCount == 0) }
        #expect(try await test.access().status().isBehind == !prefix.isEmpty)
    }

    /// The same, on a machine that remembers nothing: it goes by the other replicas.
    @Test func restic3317AnEmptyListingIsHeldAgainstTheOtherReplicas() async throws {
        let objectCount = try await test.replicas[0].names().count
        try await test.replicas[1].lose()
        for machine in [vault, try await test.open(on: "another")] {
            let summary = try await test.verify(machine)
            #expect(summary.replicas[1].rightCount == 0)
            #expect(summary.replicas[1].counts.values.reduce(0, +) == objectCount)
            #expect(summary.isDamaged || summary.isBehind)
        }
        #expect(try await test.verify(vault).isDamaged)
    }

    /// A listing that breaks off was taken for the whole of it.
    @Test func kopia552AListingThatBreaksOffIsNoEnd() async throws {
        let (store, pages) = (test.replicas[1], Counter())
        for number in 0..<1500 {
            try await store.plant(ObjectKey("packs/00/stray-\(number)")!, [1])
        }
        store.fault { $0.list == "" && pages.next() > 1 ? .timedOut : nil }
        let summary = try await test.verify(vault)
        #expect(summary.replicas[1].failure != nil && summary.isBehind)
        #expect(summary.replicas[1].counts[.missing] == nil && summary.replicas[1].counts[.stale] == nil)
    }

    /// After a partial failure, later runs said that all was well with one replica short.
    @Test func rclone9647AReplicaThatIsShortStaysShortUntilItIsWhole() async throws {
        let replica = test.replicas[2]
        replica.fault { $0.put?.rawValue.hasPrefix("packs/") ?? false ? .timedOut : nil }
        try test.write(noise(9000, seed: 99), to: "photos/99.raw")
        _ = try await test.backUp(vault)
        replica.works()
        for level in [VerifyLevel.list, .read, .list] {
            let summary = try await test.verify(vault, level: level)
            #expect(summary.isBehind && !summary.isDamaged)
            #expect(summary.replicas[2].counts[.behind, default: 0] > 0)
            #expect(try await test.access().status().isBehind)
        }
        _ = try await test.heal(vault)
        #expect(try await !test.verify(vault).isBehind)
    }

    /// The same of damage: a later check that looks less deeply does not make it good.
    @Test func perkeepWhatWasFoundIsNotForgottenByALaterCheck() async throws {
        let pack = try #require(try await test.replicas[1].names("packs/").first)
        test.replicas[1].memory.rot(pack) { $0[3] ^= 8 }
        #expect(try await test.verify(vault, level: .read).isDamaged)
        for request in [
            VerifyRequest(level: .list), VerifyRequest(level: .checksum),
            VerifyRequest(level: .read, sample: .percent(0.0001)), VerifyRequest(level: .read, budget: 1),
        ] {
            #expect(try await vault.verify(request).isDamaged)
        }
        #expect(try await test.access().status().isDamaged)
    }

    /// A part of an index was trusted as the whole: here the list of what must be there is all inventories, of which
    /// each replica may have lost some.
    @Test func borg9904WhatMustBeThereIsNotWhatOneReplicaLists() async throws {
        let inventories = try await test.replicas[0].names("inventory/")
        try #require(inventories.count == 3)
        for (replica, inventory) in zip(test.replicas, inventories) {
            try await replica.memory.delete(inventory)
            for pack in try await replica.names("packs/") { try await replica.memory.delete(pack) }
        }
        let summary = try await test.verify(try await test.open(on: "another"))
        #expect(summary.isDamaged || summary.isBehind)
        for replica in summary.replicas {
            #expect(replica.counts.values.reduce(0, +) == 1 + 3, "its inventory, and all three packs")
        }
    }

    /// Concurrent drops lost all copies: verify never deletes, and never writes.
    @Test(arguments: VerifyLevel.allCases)
    func gitAnnexVerifyNeverChangesAReplica(level: VerifyLevel) async throws {
        try await test.replicas[0].lose("packs/")
        try await test.replicas[1].plant(ObjectKey("packs/00/stray")!, [1])
        for replica in test.replicas {
            replica.fault { call in
                switch call {
                case .put, .delete:
                    Issue.record("\(call)")
                    return .accessDenied
                case .get, .head, .list: return nil
                }
            }
        }
        #expect(try await test.verify(vault, level: level).isDamaged)
    }

    /// One truncated key file blocked everything.
    @Test func restic21977ATruncatedKeyringIsNamedAndNothingElseStops() async throws {
        let keyring = try #require(try await test.replicas[0].names("keyring/").first)
        let bytes = try await test.replicas[0].bytes(keyring)
        try await test.replicas[0].plant(keyring, Array(bytes.dropLast(bytes.count / 2)))
        let summary = try await test.verify(try await test.openAnew(), level: .read)
        #expect(summary.replicas.map(\.counts) == [[.truncated: 1], [:], [:]])
        let objectCount = try await test.replicas[1].names().count
        #expect(summary.replicas.map(\.checkedCount) == [objectCount - 2, objectCount - 1, objectCount - 1])
    }

    /// Failures were skipped, and the exit code was 0.
    @Test(arguments: ["packs/", "meta/", "snapshots/", "inventory/", "keyring/", "collections/"])
    func enteAFailureToReadShowsInTheOutcome(prefix: String) async throws {
        test.replicas[0].fault { $0.get?.rawValue.hasPrefix(prefix) ?? false ? .serverFailed : nil }
        for level in [VerifyLevel.read, .decrypt] {
            let summary = try await test.verify(vault, level: level)
            #expect(summary.isBehind && summary.replicas[0].failure != nil)
            #expect(summary.replicas[0].unansweredCount > 0)
            #expect(summary.replicas[1].unansweredCount == 0 && summary.replicas[1].failure == nil)
        }
    }

    /// Corruption at the moment of writing: all names and sizes are right, and the provider never had the bytes.
    @Test func immich28207BytesThatWereNeverRightAreFoundByReading() async throws {
        let replica = test.replicas[1]
        try test.write(noise(9000, seed: 77), to: "photos/77.raw")
        try await test.backUp(vault)
        let packs = try await replica.names("packs/")
        for pack in packs { replica.memory.rot(pack) { $0 = [UInt8](repeating: 0, count: $0.count) } }
        #expect(try await !test.verify(vault).isDamaged)
        #expect(try await test.verify(vault, level: .read).replicas[1].counts == [.corrupt: packs.count])
    }

    /// Checks that ran up bills: what a check will read is told before it reads, and a budget is kept.
    @Test func arqAndResticChecksThatRanUpBills() async throws {
        let reads = Counter()
        let told = ToldCosts()
        for replica in test.replicas {
            replica.fault { call in
                guard call.get != nil else { return nil }
                _ = reads.next()
                if told.byteCounts.isEmpty { Issue.record("it reads before it has told the cost") }
                return nil
            }
        }
        let onEstimate: @Sendable (VerifyEstimate) -> Void = { told.note($0) }
        let whole = try await vault.verify(VerifyRequest(level: .read), onEstimate: onEstimate)
        #expect(told.byteCounts == [whole.bytesRead])
        let budget = whole.bytesRead / 3
        let part = try await vault.verify(
            VerifyRequest(level: .read, budget: budget), onEstimate: onEstimate)
        #expect(part.bytesRead <= budget && part.bytesRead > 0 && part.isCut)
        #expect(told.byteCounts == [whole.bytesRead, part.bytesRead])
        let (before, _) = (reads.next(), try await vault.verify(VerifyRequest(level: .list)))
        #expect(reads.next() == before + 1, "a listing reads no object")
    }
}

/// What was told of the cost beforehand.
private final class ToldCosts: Sendable {
    private let estimates = Mutex<[VerifyEstimate]>([])

    var byteCounts: [Int] { estimates.withLock { $0.map(\.byteCount) } }

    func note(_ estimate: VerifyEstimate) { estimates.withLock { $0.append(estimate) } }
}
