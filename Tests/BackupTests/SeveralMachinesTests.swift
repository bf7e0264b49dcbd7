import Crypto
import Foundation
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Several machines use one vault at once, and need not know of each other.
@Suite struct SeveralMachinesTests {
    let test: TestVault

    init() async throws {
        test = try await TestVault(clock: { UTCTime.now().secondsSince1970 })
        for folder in ["studio", "laptop"] {
            for number in 0..<20 {
                try test.write(noise(40_000, seed: UInt64(number)), to: "\(folder)/same/\(number).jpg")
                try test.write(randomBytes(40_000), to: "\(folder)/own/\(number).jpg")
            }
        }
    }

    @Test func twoBackUpWhileAThirdVerifiesAndHeals() async throws {
        async let studio = backUpTwice(on: "studio")
        async let laptop = backUpTwice(on: "laptop")
        async let checks: Void = verifyAndHeal(times: 4)
        let snapshots = try await (studio: studio, laptop: laptop)
        try await checks

        let anew = try await test.open(on: "new")
        for (folder, ids) in [("studio", snapshots.studio), ("laptop", snapshots.laptop)] {
            for id in ids {
                expectSame(
                    try await test.restored(anew, id), try test.tree(folder, keys: anew.keys), "\(id)")
            }
        }
        let summary = try await test.heal(anew, level: .decrypt)
        #expect(!summary.isDamaged && !summary.isBehind)
        for replica in test.replicas { replica.expectCommitOrder() }
        try await test.expectAlike()
        // What both have is stored twice at most, and all else once.
        var byteCount = 0
        for name in try await test.replicas[0].names("packs/") {
            byteCount += try await test.replicas[0].bytes(name).count
        }
        #expect(byteCount < 2 * 20 * 40_000 + 2 * 20 * 40_000 + 100_000)
        #expect(try await test.backUp(anew, "studio", as: "Third").packsStored == 1)
    }

    /// Into a collection that both have, and into one of its own; returns how the snapshots are selected.
    private func backUpTwice(on host: String) async throws -> [String] {
        let vault = try await test.open(on: host)
        var selections: [String] = []
        for collection in ["Both", host] {
            let summary = try await test.backUp(vault, host, as: collection)
            #expect(summary.replicas.allSatisfy { $0.isWhole })
            selections.append("\(collection)@\(try #require(summary.snapshot))")
        }
        return selections
    }

    private func verifyAndHeal(times: Int) async throws {
        let vault = try await test.open(on: "checker")
        for _ in 0..<times {
            // What is on its way may look behind for a moment; nothing may look damaged.
            #expect(try await !test.verify(vault, level: .read).isDamaged)
            #expect(try await !test.heal(vault).isDamaged)
        }
    }

    @Test func whatIsArchivedMeanwhileIsNotLeftOut() async throws {
        let (studio, laptop) = (try await test.open(on: "studio"), try await test.open(on: "laptop"))
        let snapshots = Counter()
        test.replicas[0].fault { [test] call in
            // Just before the laptop commits its first snapshot.
            guard call.put?.rawValue.hasPrefix("snapshots/") ?? false, snapshots.next() == 1 else {
                return nil
            }
            _ = try? await test.archive(studio, "studio")
            return nil
        }
        _ = try await test.archive(laptop, "laptop")
        expectSame(
            try await test.restored(laptop, "Shoot"), try test.tree("studio", "laptop", keys: laptop.keys))
        #expect(try await test.newest(laptop, of: "Shoot").fileCount == 80)
        for replica in test.replicas { replica.expectCommitOrder() }
    }

    /// A listing is no moment: what is seen late in it may name what came after the beginning had been listed.
    @Test(
        arguments: ["inventory/", "tombstones/", "snapshots/"], [false, true])
    func whatComesWhileFoldersAreListedIsNotMissed(folder: String, isAfterCommit: Bool) async throws {
        let (studio, laptop) = (try await test.open(on: "studio"), try await test.open(on: "laptop"))
        let (isCommitted, meanwhile) = (Counter(), Once())
        for replica in test.replicas {
            replica.fault { [test] call in
                guard !OtherMachine.isAtWork else { return nil }
                if call.put?.rawValue.hasPrefix("snapshots/") ?? false { _ = isCommitted.next() }
                guard call.list?.hasPrefix(folder) ?? false, !isAfterCommit || isCommitted.next() > 1
                else { return nil }
                await meanwhile.run {
                    await OtherMachine.$isAtWork.withValue(true) {
                        _ = try? await test.archive(studio, "studio")
                    }
                }
                return nil
            }
        }
        #expect(try await test.archive(laptop, "laptop").replicas.allSatisfy { !$0.isBehind })
        for replica in test.replicas { replica.works() }
        #expect(try await test.archive(studio, "studio").replicas.allSatisfy { !$0.isBehind })
        #expect(try await test.newest(laptop, of: "Shoot").fileCount == 80)
    }

    @Test func oneThatIsKilledHoldsUpNobody() async throws {
        let (studio, laptop) = (try await test.open(on: "studio"), try await test.open(on: "laptop"))
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        test.replicas[1].fault { call in
            guard call.put?.rawValue.hasPrefix("inventory/") ?? false else { return nil }
            reach.yield()
            await untilCancelled()
            return .cancelled
        }
        let run = Task { try await test.backUp(studio, "studio") }
        for await _ in reached { break }
        run.cancel()
        _ = try? await run.value
        test.replicas[1].works()
        #expect(try await test.backUp(laptop, "laptop").replicas.allSatisfy { $0.isWhole })
    }
}

/// Whether a store is called by the machine that a test lets work meanwhile.
private enum OtherMachine {
    @TaskLocal static var isAtWork = false
}

/// Does the first work it is given, and lets all others wait for it.
private actor Once {
    private var task: Task<Void, Never>?

    func run(_ work: @escaping @Sendable () async -> Void) async {
        if task == nil { task = Task { await work() } }
        await task?.value
    }
}
