import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What each level of `verify` finds, and what it does not claim to have looked at.
@Suite struct VerifyLevelTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        test = try await TestVault(keepsChecksums: true)
        vault = try await test.open()
        try test.write(noise(90_000, seed: 1), to: "photos/1.raw")
        try test.write("a note", to: "photos/note.txt")
        try await test.backUp(vault)
        try await test.plantTombstone(of: [ObjectKey("packs/00/none")!], by: vault)
    }

    /// One object of every kind that has a hash in its name.
    static let kinds = [
        "collections/", "inventory/", "keyring/", "meta/", "packs/", "snapshots/", "tombstones/",
    ]

    private func object(_ prefix: String) async throws -> ObjectKey {
        try #require(try await test.replicas[1].names(prefix).first)
    }

    private func verified(_ level: VerifyLevel) async throws -> (VerifySummary, [Discrepancy]) {
        let found = Mutex<[Discrepancy]>([])
        let summary = try await test.verify(
            vault, level: level, onDiscrepancy: { one in found.withLock { $0.append(one) } })
        return (summary, found.withLock { $0 })
    }

    @Test(arguments: VerifyLevel.allCases)
    func everyLevelFindsAWholeVaultWhole(level: VerifyLevel) async throws {
        let (summary, found) = try await verified(level)
        #expect(found.isEmpty && !summary.isBehind && !summary.isDamaged)
        let objectCount = try await test.replicas[0].names().count
        #expect(summary.objectCount == objectCount)
        for replica in summary.replicas {
            #expect(replica.rightCount == objectCount)
            // README.txt has no hash in its name, and is read beside the others.
            #expect(replica.checkedCount == (level == .list ? 0 : objectCount - 1))
            #expect(replica.notCheckableCount == 0 && replica.unansweredCount == 0)
        }
        for replica in try await test.access().status().replicas {
            let implied = Set([.list, level])
            #expect(Set(replica.verified.keys) == implied)
            #expect(replica.lastVerified?.level == level)
        }
    }

    /// What a run's own listings show is found at level `list`, whatever the run looks at besides: what was only
    /// behind then, and got there after all, is right.
    @Test func aCopyWhoseAnswerWasLostIsNoDamage() async throws {
        let late = test.replicas[2]
        late.fault { $0.put == nil ? nil : .connectionFailed }
        try test.write(noise(90_000, seed: 2), to: "photos/2.raw")
        try await test.backUp(vault)
        late.works()
        late.loseAnswers { $0.put?.rawValue.hasPrefix("packs/") ?? false ? .timedOut : nil }
        #expect(try await test.heal(vault, level: .read).isBehind)
        late.works()
        let (summary, found) = try await verified(.list)
        #expect(!summary.isDamaged && summary.isBehind)
        #expect(found.allSatisfy { $0.kind == .behind && !$0.key.rawValue.hasPrefix("packs/") }, "\(found)")
        let healed = try await test.heal(vault)
        #expect(!healed.isDamaged && !healed.isBehind)
        #expect(try await verified(.decrypt).1 == [])
    }

    /// A disk that rots keeps the checksum that was made when the object was stored.
    @Test(arguments: Self.kinds)
    func whatRotsIsFoundByReading(prefix: String) async throws {
        let key = try await object(prefix)
        test.replicas[1].memory.rot(key) { $0[$0.count / 2] ^= 1 }
        #expect(try await verified(.list).1 == [])
        #expect(try await verified(.checksum).1 == [])
        for level in [VerifyLevel.read, .decrypt] {
            let (summary, found) = try await verified(level)
            #expect(found.map(\.key) == [key] && found.map(\.kind) == [.corrupt])
            #expect(summary.isDamaged && summary.replicas[1].counts == [.corrupt: 1])
            let whole = summary.replicas[0].rightCount
            #expect(summary.replicas.map(\.rightCount) == [whole, whole - 1, whole])
        }
        #expect(try await test.access().status().isDamaged)
        let healed = try await test.heal(vault)
        #expect(healed.replicas[1].healedCount == 1 && !healed.isDamaged)
        #expect(try await verified(.decrypt).1 == [])
    }

    /// What is put in an object's place has a checksum of its own.
    @Test(arguments: Self.kinds)
    func whatIsReplacedIsFoundByItsChecksum(prefix: String) async throws {
        let key = try await object(prefix)
        var bytes = try await test.replicas[1].bytes(key)
        bytes[0] ^= 1
        try await test.replicas[1].plant(key, bytes)
        #expect(try await verified(.list).1 == [])
        let (summary, found) = try await verified(.checksum)
        #expect(found.map(\.key) == [key] && found.map(\.replica) == [1] && found.map(\.kind) == [.corrupt])
        #expect(summary.bytesRead == 0)
    }

    @Test func whatHasNoChecksumIsNotCalledChecked() async throws {
        let plain = try await TestVault()
        let vault = try await plain.open()
        try plain.write("a", to: "photos/a")
        try await plain.backUp(vault)
        let summary = try await plain.verify(vault, level: .checksum)
        let names = try await plain.replicas[0].names().count
        for replica in summary.replicas {
            #expect(replica.checkedCount == 0 && replica.notCheckableCount == names - 1)
            #expect(replica.counts.isEmpty && replica.failure == nil)
        }
        #expect(summary.isBehind && !summary.isDamaged && !summary.needsHealing)
        for replica in try await plain.access().status().replicas {
            #expect(Set(replica.verified.keys) == [.list])
        }
    }

    /// Neither a listing nor a checksum that is right makes bytes right that were read and wrong.
    @Test func aShallowerLevelDoesNotSettleWhatADeeperOneFound() async throws {
        let key = try await object("packs/")
        let right = try await test.replicas[1].bytes(key)
        test.replicas[1].memory.rot(key) { $0[9] ^= 1 }
        _ = try await verified(.read)
        for level in [VerifyLevel.list, .checksum] {
            let (summary, found) = try await verified(level)
            #expect(found.map(\.key) == [key] && summary.isDamaged)
            #expect(summary.replicas[1].counts == [.corrupt: 1])
        }
        try await test.replicas[1].plant(key, right)
        #expect(try await verified(.list).0.isDamaged)
        #expect(try await verified(.read).0.isDamaged == false)
        #expect(try await verified(.list).0.isDamaged == false)
    }

    @Test func whatIsMissingIsNotCountedTwiceWhenItIsAlsoKnownToBeAltered() async throws {
        let key = try await object("packs/")
        test.replicas[1].memory.rot(key) { $0[9] ^= 1 }
        _ = try await verified(.read)
        try await test.replicas[1].memory.delete(key)
        for level in VerifyLevel.allCases {
            let (summary, found) = try await verified(level)
            #expect(found.map(\.kind) == [.missing] && summary.replicas[1].counts == [.missing: 1])
        }
    }

    @Test(arguments: VerifyLevel.allCases)
    func aReplicaThatCannotBeListedIsUnknown(level: VerifyLevel) async throws {
        let key = try await object("packs/")
        try await test.replicas[1].memory.delete(key)
        #expect(try await verified(.list).0.isDamaged)
        let before = try await test.access().status().replicas[1].verified
        test.replicas[1].fault { $0.list == "" ? .connectionFailed : nil }
        let (summary, found) = try await verified(level)
        #expect(summary.isBehind && summary.replicas[1].failure == "as the test wants it")
        #expect(summary.replicas[1].checkedCount == 0)
        // What was known to be wrong is not forgotten because nobody could look.
        #expect(found.map(\.key) == [key] && summary.isDamaged)
        test.replicas[1].works()
        #expect(try await test.access().status().replicas[1].verified == before)
        #expect(try await test.access().status().isDamaged)
    }

    @Test(arguments: [VerifyLevel.checksum, .read, .decrypt])
    func anObjectWithoutAnAnswerIsUnknown(level: VerifyLevel) async throws {
        let key = try await object("packs/")
        test.replicas[1].fault { $0.get == key || $0.head == key ? .timedOut : nil }
        let (summary, found) = try await verified(level)
        #expect(found == [] && summary.isBehind && !summary.isDamaged)
        let counts = summary.replicas.map(\.checkedCount)
        #expect(counts[1] == counts[0] - 1 && summary.replicas[1].unansweredCount == 1)
        test.replicas[1].works()
        let status = try await test.access().status()
        #expect(status.replicas.map { $0.verified[level] != nil } == [true, false, true])
    }

    @Test func aReplicaThatGoesAwayIsNotAskedForEverything() async throws {
        for number in 0..<40 {
            try test.write("more \(number)", to: "photos/more-\(number)")
            if number % 10 == 9 { try await test.backUp(vault) }
        }
        let gets = Counter()
        test.replicas[1].fault { call in
            guard call.get != nil else { return nil }
            _ = gets.next()
            return .connectionFailed
        }
        let (summary, _) = try await verified(.read)
        #expect(gets.next() <= 10)
        let names = try await test.replicas[0].names().count
        #expect(summary.replicas[1].unansweredCount == names)
        #expect(summary.replicas[0].checkedCount == names - 1)
    }

    /// Chunks are opened with every reference to them: one that does not fit is not made good by one that does.
    @Test func decryptOpensEveryReference() async throws {
        let pack = try await object("packs/")
        let digest = try #require(pack.contentDigest)
        let bytes = ObjectBytes(try await test.replicas[0].bytes(pack))
        var references: [Reference] = []
        for page in try await test.newest(vault).pages {
            for entry in try await vault.readPage(page) {
                references += try await vault.references(of: entry).filter { $0.pack == digest }
            }
        }
        let chunks = try ReferencedChunks(keys: vault.keys, sample: .all)
        try chunks.add(references, role: .content)
        #expect(try chunks.chunks(in: digest).chunks.count == references.count)
        #expect(try chunks.chunks(in: digest).open(bytes))
        var other = try #require(references.first)
        other.chunkID = SHA256.hash([1])
        try chunks.add([other], role: .content)
        #expect(try chunks.chunks(in: digest).chunks.count == references.count + 1)
        #expect(try !chunks.chunks(in: digest).open(bytes))
    }

    @Test func decryptReadsEachPackOnceOnEachReplica() async throws {
        for number in 0..<5 { try test.write("a note", to: "photos/copy-\(number).txt") }
        try test.write(noise(9 << 20, seed: 3), to: "photos/long.raw")
        try await test.backUp(vault)
        let gets = Mutex<[ObjectKey: Int]>([:])
        for replica in test.replicas {
            replica.fault { call in
                if let key = call.get, key.rawValue.hasPrefix("packs/") {
                    gets.withLock { $0[key, default: 0] += 1 }
                }
                return nil
            }
        }
        _ = try await verified(.decrypt)
        let packs = try await test.replicas[0].names("packs/")
        #expect(gets.withLock { $0 } == Dictionary(uniqueKeysWithValues: packs.map { ($0, 3) }))
    }
}
