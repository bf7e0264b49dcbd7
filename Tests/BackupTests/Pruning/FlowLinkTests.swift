import Crypto
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Links on record: what they need stays until they end or are taken back.
@Suite struct FlowLinkTests {
    let scene: PruneScene
    var test: TestVault { scene.test }

    init() async throws { scene = try await PruneScene() }

    private func share(_ packs: [SHA256Digest], ends: UTCTime) -> ShareRecord {
        ShareRecord(
            id: VaultID.random().hex, secret: SecretBytes(randomCount: 32), key: SecretBytes(randomCount: 32),
            header: "{}", title: "Wedding", collection: "Photos", fileCount: 1, provider: "a", ends: ends,
            packs: packs)
    }

    private func inDays(_ days: Int64) -> UTCTime { UTCTime.now().advanced(bySeconds: days * 86_400) }

    /// A forgotten snapshot, and one that stays; returns the packs of content that only the first needs.
    private func forgottenPacks(_ vault: OpenVault) async throws -> [SHA256Digest] {
        try test.write(randomBytes(50_000), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        let packs = try await scene.names("packs/")
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(60_000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        try await test.forget(vault, first)
        return packs.compactMap { ObjectName($0)?.digest }
    }

    private func shown(_ packs: [SHA256Digest]) async throws -> Set<ObjectKey> {
        try await scene.names("packs/").intersection(packs.map { ObjectName.pack($0).key })
    }

    @Test func whatALinkNeedsIsKept() async throws {
        let vault = try await test.open()
        let packs = try await forgottenPacks(vault)
        #expect(packs.count == 1)
        let link = try await vault.remember(share(packs, ends: inDays(300)), warn: test.warn)
        // Another machine, which has not made the link, prunes.
        let other = try await test.open(on: "laptop")
        scene.clock.advance(days: 8)
        try await scene.pruneToTheEnd(other)
        #expect(try await shown(packs).count == 1)

        try await vault.forget(link)
        try await scene.pruneToTheEnd(other)
        scene.clock.advance(days: 8)
        try await scene.pruneToTheEnd(other)
        #expect(try await shown(packs).isEmpty)
        let verified = try await test.verify(vault, level: .decrypt)
        #expect(verified.replicas.allSatisfy { $0.counts.isEmpty }, "\(verified.replicas)")
        #expect(test.warnings() == [])
    }

    @Test func whatALinkNeededThatHasEndedGoes() async throws {
        let vault = try await test.open()
        let packs = try await forgottenPacks(vault)
        _ = try await vault.remember(share(packs, ends: inDays(-2)), warn: test.warn)
        scene.clock.advance(days: 8)
        try await scene.pruneToTheEnd(vault)
        #expect(try await shown(packs).isEmpty)
    }

    @Test func noLinkIsMadeToWhatIsMarked() async throws {
        let vault = try await test.open()
        let packs = try await forgottenPacks(vault)
        let other = try await test.open(on: "laptop")
        scene.clock.advance(days: 8)
        #expect(try await test.prune(other).marked.count > 0)
        await #expect(throws: LinkConflictError.self) {
            _ = try await vault.remember(share(packs, ends: inDays(7)), warn: test.warn)
        }
        #expect(try await vault.recordedLinks(warn: test.warn).isEmpty)
        #expect(try await other.recordedLinks(warn: test.warn).isEmpty)
    }

    @Test func everyMachineKnowsOfALinkAndWhatOpensIt() async throws {
        let vault = try await test.open()
        let packs = try await forgottenPacks(vault)
        let share = share(packs, ends: inDays(7))
        let link = try await vault.remember(share, warn: test.warn)
        let other = try await test.open(on: "laptop")
        let known = try await other.recordedLinks(warn: test.warn)
        #expect(known.map(\.share) == [share] && known.map(\.host) == [link.host])
        #expect(known[0].share.packDigests == packs)
        // What it says is in no replica to be read, nor in what is printed of it.
        #expect("\(share)\(String(reflecting: share))".firstRange(of: share.secret) == nil)
        for replica in test.replicas {
            for key in try await replica.names("records/") {
                let bytes = try await replica.memory.get(key, maximumByteCount: 1 << 20).array
                for text in [share.secret, share.id, "Wedding"] {
                    #expect(bytes.firstRange(of: Array(text.utf8)) == nil)
                }
            }
        }
        try await other.forget(known[0])
        #expect(try await vault.recordedLinks(warn: test.warn).isEmpty)
    }

    @Test func whatLiesUnderSharesIsNoStray() async throws {
        let vault = try await test.open()
        _ = try await forgottenPacks(vault)
        for replica in test.replicas {
            try await replica.plant(try #require(ObjectKey("shares/0123.html")), Array("<html>".utf8))
        }
        let verified = try await test.verify(vault, level: .list)
        #expect(verified.replicas.allSatisfy { $0.counts.isEmpty }, "\(verified.replicas)")
    }
}
