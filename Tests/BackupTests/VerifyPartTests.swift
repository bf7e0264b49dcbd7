import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Samples and budgets: what a run leaves out others cover, and nothing claims more than was looked at.
@Suite struct VerifyPartTests {
    let test: TestVault
    let vault: OpenVault
    /// What the stores were asked for: replica and object.
    private let asked = Asked()

    private final class Asked: Sendable {
        private let calls = Mutex<[String]>([])

        func note(_ key: ObjectKey, on replica: String) { calls.withLock { $0.append("\(replica) \(key)") } }

        /// Since this was asked last.
        func take() -> [String] {
            calls.withLock { calls in
                defer { calls = [] }
                return calls
            }
        }
    }

    init() async throws {
        test = try await TestVault(keepsChecksums: true)
        vault = try await test.open()
        for number in 0..<6 {
            try test.write(noise(20_000, seed: UInt64(number)), to: "photos/\(number).raw")
            try await test.backUp(vault)
        }
        for replica in test.replicas {
            replica.fault { [asked] call in
                if let key = call.get ?? call.head { asked.note(key, on: replica.name) }
                return nil
            }
        }
    }

    /// Every object on every replica, or every one with a hash in its name.
    private func everything(withReadme: Bool = false) async throws -> [String] {
        var all: [String] = []
        for replica in test.replicas {
            all += try await replica.names().filter { withReadme || $0 != .readme }
                .map { "\(replica.name) \($0)" }
        }
        return all.sorted()
    }

    /// The objects with a hash in their name that were asked for since this was called last.
    private func takeNamedByHash() -> [String] { asked.take().filter { !$0.hasSuffix(" README.txt") } }

    @Test(arguments: [VerifyLevel.checksum, .read])
    func thirtyPartsCoverEverythingExactlyOnce(level: VerifyLevel) async throws {
        _ = asked.take()
        for part in 1...30 {
            let summary = try await test.verify(
                vault, level: level, sample: .part(number: part, count: 30))
            #expect(!summary.isDamaged && !summary.isBehind)
        }
        let all = try await everything(withReadme: level.reads)
        #expect(all.count > 3 * 25)
        #expect(asked.take().sorted() == all)
    }

    @Test func whatADecryptingPartReadsIsTheSamePart() async throws {
        let sample = VerifySample.part(number: 1, count: 3)
        _ = asked.take()
        _ = try await test.verify(vault, level: .read, sample: sample)
        let read = Set(takeNamedByHash())
        let decrypted = try await test.verify(vault, level: .decrypt, sample: sample)
        #expect(Set(asked.take()).isSuperset(of: read))
        #expect(decrypted.replicas.map(\.checkedCount).reduce(0, +) == read.count)
    }

    @Test func aLargerShareHoldsTheSmallerOne() async throws {
        var digests: [SHA256Digest] = []
        for number in 0..<20_000 { digests.append(SHA256.hash(Array("\(number)".utf8))) }
        var last: Set<SHA256Digest> = []
        for percent in [1.0, 5, 50, 99, 100] {
            let chosen = Set(digests.filter { VerifySample.percent(percent).contains($0) })
            #expect(chosen.isSuperset(of: last))
            #expect(abs(Double(chosen.count) / 200 - percent) < 1)
            last = chosen
        }
        #expect(last.count == digests.count)
        for count in [1, 7, 30] {
            let parts = (1...count).map { number in
                digests.filter { VerifySample.part(number: number, count: count).contains($0) }.count
            }
            #expect(
                parts.reduce(0, +) == digests.count && parts.allSatisfy { $0 > digests.count / count / 2 })
        }
    }

    @Test func aPartIsNotAWholeVerification() async throws {
        func coverage() async throws -> [UTCTime?] {
            try await test.access().status().replicas.map { $0.verified[.read] }
        }
        for part in 1...3 {
            #expect(try await coverage() == [nil, nil, nil])
            _ = try await test.verify(vault, level: .read, sample: .part(number: part, count: 3))
        }
        let first = try #require(try await coverage()[0])
        // What came later need not have been looked at for that.
        try test.write("more", to: "photos/more")
        try await test.backUp(vault)
        _ = try await test.verify(vault, level: .read, sample: .part(number: 1, count: 3))
        #expect(try #require(try await coverage()[0]) >= first)
    }

    /// The catalog alone knows what was looked at; without it, nothing was.
    @Test func withoutTheCatalogNothingCountsAsVerified() async throws {
        _ = try await test.verify(vault, level: .read)
        let anew = try await test.openAnew()
        for replica in try await test.access().status().replicas { #expect(replica.verified.isEmpty) }
        let summary = try await test.verify(anew, level: .read, sample: .part(number: 1, count: 2))
        #expect(!summary.isDamaged)
        for replica in try await test.access().status().replicas {
            #expect(Set(replica.verified.keys) == [.list])
        }
    }

    // MARK: Budget

    @Test func runsWithABudgetComeRoundToEverything() async throws {
        let all = try await everything()
        let budget = 100_000
        _ = asked.take()
        var covered: [String] = []
        var runCount = 0
        while covered.count < all.count, runCount < 100 {
            let summary = try await test.verify(vault, level: .read, budget: budget)
            runCount += 1
            #expect(summary.bytesRead <= budget)
            #expect(!summary.isBehind && !summary.isDamaged)
            let read = takeNamedByHash()
            #expect(!read.isEmpty && read.count == summary.replicas.map(\.checkedCount).reduce(0, +))
            covered += read
            let isCovered = covered.count >= all.count
            for replica in try await test.access().status().replicas {
                #expect((replica.verified[.read] != nil) == isCovered)
            }
        }
        // Nothing is read again before everything has been read once.
        #expect(Set(covered.prefix(all.count)) == Set(all))
        #expect(runCount > 3)
    }

    @Test func aBudgetThatIsEnoughCutsNothing() async throws {
        let whole = try await test.verify(vault, level: .read)
        let enough = try await test.verify(vault, level: .read, budget: whole.bytesRead)
        #expect(!enough.isCut && enough.bytesRead == whole.bytesRead)
        let tight = try await test.verify(vault, level: .read, budget: whole.bytesRead - 1)
        #expect(tight.isCut && tight.bytesRead < whole.bytesRead)
        #expect(test.warnings().isEmpty)
    }

    @Test func aBudgetForNothingSaysSo() async throws {
        let summary = try await test.verify(vault, level: .read, budget: 1)
        #expect(summary.isCut && summary.bytesRead == 0)
        #expect(test.warnings().map(\.what) == ["budget"])
    }

    @Test func aBudgetAppliesToASampleToo() async throws {
        let sample = VerifySample.part(number: 2, count: 3)
        _ = asked.take()
        _ = try await test.verify(vault, level: .read, sample: sample)
        let part = Set(asked.take())
        var covered: Set<String> = []
        for _ in 0..<10 {
            let summary = try await test.verify(vault, level: .read, sample: sample, budget: 100_000)
            #expect(summary.bytesRead <= 100_000)
            covered.formUnion(asked.take())
        }
        #expect(covered == part)
    }

    // MARK: Cost

    @Test(arguments: [VerifyLevel.list, .checksum, .read])
    func whatIsToldBeforehandIsWhatItTakes(level: VerifyLevel) async throws {
        let requests = [
            VerifyRequest(level: level), VerifyRequest(level: level, sample: .part(number: 1, count: 4)),
            VerifyRequest(level: level, budget: 300_000), VerifyRequest(level: level, providers: ["b"]),
        ]
        for request in requests {
            let told = Mutex<[VerifyEstimate]>([])
            let dry = try await vault.estimateVerification(request, warn: test.warn)
            let summary = try await vault.verify(
                request, onEstimate: { estimate in told.withLock { $0.append(estimate) } })
            let estimate = try #require(told.withLock { $0 }.first)
            #expect(estimate.byteCount == summary.bytesRead)
            #expect(estimate.requestCount == summary.requestCount)
            if request.budget == nil || level != .read {
                #expect(dry.byteCount == estimate.byteCount && dry.requestCount == estimate.requestCount)
            }
        }
    }

    @Test func aDryRunAsksForNoObject() async throws {
        _ = asked.take()
        let estimate = try await vault.estimateVerification(VerifyRequest(level: .decrypt), warn: test.warn)
        #expect(estimate.replicas.map(\.name) == ["a", "b", "c"] && estimate.byteCount > 0)
        #expect(asked.take() == [])
        for replica in try await test.access().status().replicas { #expect(replica.verified.isEmpty) }
    }
}
