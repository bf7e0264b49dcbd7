import Crypto
import Foundation
import ObjectStore
import ObjectStoreTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A machine with the public signing key alone proves that nothing is missing, and puts right what is.
@Suite struct FlowKeylessTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws {
        (test, vault) = try await TestVault.withThreeSnapshots()
        // Nothing has changed: a snapshot without an inventory.
        try await test.backUp(vault)
        try await test.backUp(vault, "photos", as: "Others")
    }

    private func snapshots() async throws -> [ObjectKey] {
        try await test.replicas[0].names("snapshots/\(vault.keys.collectionID(name: "Photos").hex)/")
    }

    private func expectAlike(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let names = try await test.replicas[0].names()
        for replica in test.replicas.dropFirst() {
            #expect(try await replica.names() == names, sourceLocation: sourceLocation)
        }
    }

    // MARK: - Auditing

    @Test(arguments: [VerifyLevel.list, .read])
    func aWholeVaultIsProvenWhole(level: VerifyLevel) async throws {
        let audit = try await test.audit()
        let summary = try await test.verify(audit, level: level)
        #expect(!summary.isDamaged && !summary.isBehind)
        #expect(summary.replicas.allSatisfy { $0.counts.allSatisfy { $0.value == 0 } })
        #expect(summary.objectCount == (try await test.replicas[0].names().count))
        #expect(summary.objectCount == (try await test.verify(vault).objectCount))
        #expect(audit.signingKey == vault.signingKey)
    }

    @Test func noChunkIsOpenedWithoutKeys() async throws {
        let audit = try await test.audit()
        await #expect(throws: KeylessError.self) { try await test.verify(audit, level: .decrypt) }
    }

    @Test(arguments: ["packs/", "meta/", "inventory/", "collections/", "keyring/"])
    func whatIsLostFromAllThreeAtOnceIsMissedAtFirstUse(prefix: String) async throws {
        let lost = try #require(try await test.replicas[0].names(prefix).first)
        let key = vault.signingKey
        // The vault is known by another replica's keyring where the only one is gone.
        _ = try await test.audit(signingKey: key)
        for replica in test.replicas { try await replica.memory.delete(lost) }
        let found = try await test.discrepancies(try await test.audit())
        #expect(Set(found.filter { $0.key == lost }.map(\.replica)) == [0, 1, 2])
        #expect(found.filter { $0.key == lost }.allSatisfy { $0.kind.isDamage })
    }

    @Test func everySnapshotButTheLastIsMissedAtFirstUse() async throws {
        for snapshot in try await snapshots() {
            for replica in test.replicas { replica.hide([snapshot]) }
            let audit = try await test.audit(on: "auditor-\(snapshot.contentDigest!.hex.prefix(8))")
            #expect(
                try await test.discrepancies(audit).map(\.key) == [snapshot, snapshot, snapshot])
        }
    }

    @Test func itsOwnMemoryShowsWhatVanishesLater() async throws {
        _ = try await test.verify(try await test.audit())
        let newest = try #require(
            try await test.replicas[0].names("snapshots/")
                .first { !$0.rawValue.contains(vault.keys.collectionID(name: "Photos").hex) })
        for replica in test.replicas { replica.hide([newest]) }
        let found = try await test.discrepancies(try await test.audit())
        #expect(found.map(\.key) == [newest, newest, newest] && found.allSatisfy { $0.kind == .stale })
        // At first use only who wrote down its hash knows of it.
        let other = try await test.audit(on: "other")
        #expect(try await test.discrepancies(other) == [])
        let head = try #require(ExpectedHead(newest.contentDigest!.hex))
        await #expect(throws: HeadError.self) { try await other.require(head, warn: test.warn) }
        for replica in test.replicas { replica.show(only: { _ in true }) }
        try await other.require(head, warn: test.warn)
    }

    @Test func aSignedTombstoneIsBelieved() async throws {
        let pack = try #require(try await test.replicas[0].names("packs/").first)
        try await test.plantTombstone(of: [pack], .deleting, by: vault)
        for replica in test.replicas { try await replica.memory.delete(pack) }
        let summary = try await test.verify(try await test.audit())
        #expect(!summary.isDamaged && !summary.isBehind)
    }

    @Test func itsCatalogIsNotTheOwners() async throws {
        _ = try await test.verify(try await test.audit(on: "studio"))
        let folder = test.scratch("state-studio/\(vault.id.hex)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(files).isSuperset(of: ["catalog.sqlite", "keyless.sqlite", "signing-key.pub"]))
        _ = try await test.audit()
        let auditor = try FileManager.default.contentsOfDirectory(
            atPath: test.scratch("state-auditor/\(vault.id.hex)"))
        #expect(!auditor.contains("catalog.sqlite") && !auditor.contains("device-key"))
    }

    // MARK: - Healing

    @Test(arguments: ["packs/", "meta/", "inventory/", "collections/", "keyring/", "snapshots/", ""])
    func whatOneReplicaLostIsHealed(prefix: String) async throws {
        let replica = test.replicas[1]
        try await replica.lose(prefix)
        replica.forgetPuts()
        let audit = try await test.audit()
        #expect(try await !test.discrepancies(audit).isEmpty)
        let healed = try await test.heal(audit)
        #expect(!healed.isDamaged && !healed.isBehind && healed.replicas[1].healedCount > 0)
        try await expectAlike()
        #expect(try await test.discrepancies(audit, level: .read) == [])
        let steps = ["README", "collections/", "keyring/", "meta/", "packs/", "inventory/", "snapshots/"]
        let order = replica.puts.map { key in steps.firstIndex { key.rawValue.hasPrefix($0) } ?? -1 }
        #expect(order.filter { $0 > 2 } == order.filter { $0 > 2 }.sorted())
        for other in [0, 2] { try await test.replicas[other].lose() }
        expectSame(try await test.restored(try await test.openAnew()), try test.tree(keys: vault.keys))
    }

    @Test func alteredBytesAreHealedByReading() async throws {
        let pack = try #require(try await test.replicas[0].names("packs/").first)
        var bytes = try await test.replicas[2].bytes(pack)
        bytes[bytes.count / 2] ^= 1
        try await test.replicas[2].plant(pack, bytes)
        let audit = try await test.audit()
        #expect(try await test.discrepancies(audit, level: .read).map(\.kind) == [.corrupt])
        #expect(try await !test.heal(audit, level: .read).isDamaged)
        #expect(try await test.replicas[2].bytes(pack) == test.replicas[0].bytes(pack))
    }

    // MARK: - Planted objects

    /// Plants on the first replica what the vault's key has not signed and nothing signed names, and what it has
    /// signed under another name.
    private func plant() async throws -> Set<ObjectKey> {
        let later = FlowPlantedTests.later
        let (id, photos) = (vault.id, vault.keys.collectionID(name: "Photos"))
        let packs = try await test.replicas[0].names("packs/")
        let junk = Array("planted".utf8)
        let pack = Inventory.Pack(digest: SHA256.hash(junk), byteCount: junk.count, isMeta: false)
        let inventory = Inventory(vault: id, created: later, packs: [pack], heads: []).sealed(by: .random())
        let tombstone = Tombstone(vault: id, created: later, objects: packs, state: .deleting)
            .sealed(by: .random())
        let snapshot = Snapshot(collection: photos, device: vault.device.id)
        let forged = snapshot.sealed(
            in: VaultCollection.make(name: "Photos", keys: vault.keys), vault: id, by: .random())
        let old = try await test.replicas[0].bytes(try await snapshots()[0])
        let password = try PasswordKey.make(
            password: SecretBytes(copying: Array("password".utf8).span.bytes), strength: .interactive)
        let keyring = Keyring.make(password: password, created: .now()).opened
            .changing(to: password, sequence: 9, created: .now()).keyring.bytes
        let record = VaultCollection.make(name: "Photos", keys: vault.keys).sealed(keys: vault.keys)
        let objects: [(ObjectName, [UInt8])] = [
            (pack.name, junk), (inventory.name, inventory.bytes), (tombstone.name, tombstone.bytes),
            (.snapshot(photos, forged.id.time, forged.id.digest), forged.bytes),
            (.snapshot(photos, later, SHA256.hash(old)), old),
            (.keyring(sequence: 9, SHA256.hash(keyring)), keyring),
            (.collection(photos, sequence: 9, SHA256.hash(record.bytes)), record.bytes),
        ]
        for (name, bytes) in objects { try await test.replicas[0].plant(name.key, bytes) }
        return Set(objects.map(\.0.key))
    }

    @Test func whatIsPlantedIsNamedAndNotSpread() async throws {
        let key = vault.signingKey
        let planted = try await plant()
        _ = test.warnings()
        let audit = try await test.audit(signingKey: key)
        let found = try await test.discrepancies(audit, level: .read)
        #expect(Set(found.map(\.key)) == planted)
        #expect(found.allSatisfy { $0.kind == .stray && $0.replica == 0 })
        #expect(
            Set(test.warnings().map(\.what)).isSubset(of: Set(planted.map(\.rawValue)).union(["a"])))
        for replica in test.replicas { replica.forgetPuts() }
        let healed = try await test.heal(audit, level: .read)
        #expect(!healed.isDamaged && !healed.isBehind)
        #expect(test.replicas.allSatisfy { $0.puts.isEmpty })
        // Nor where there is something to heal.
        try await test.replicas[1].lose()
        #expect(try await !test.heal(audit).isDamaged)
        #expect(Set(try await test.replicas[1].names()).isDisjoint(with: planted))
        #expect(try await test.replicas[1].names() == test.replicas[2].names())
    }

    @Test func aPlantedTombstoneHidesNoLoss() async throws {
        let lost = try #require(try await test.replicas[0].names("packs/").first)
        _ = try await plant()
        for replica in test.replicas { try await replica.memory.delete(lost) }
        let found = try await test.discrepancies(try await test.audit(signingKey: vault.signingKey))
        #expect(found.filter { $0.key == lost }.map(\.kind) == [.missing, .missing, .missing])
    }

    // MARK: - The signing key

    @Test func theKeyIsPinnedOnFirstUse() async throws {
        _ = test.warnings()
        _ = try await test.audit()
        #expect(test.warnings().contains { $0.why.contains(vault.signingKey.bytes.hex) })
        // Later keyrings are not asked: not one that names another key, and not none at all.
        _ = try await plant()
        #expect(try await test.audit().signingKey == vault.signingKey)
        for replica in test.replicas { try await replica.lose("keyring/") }
        #expect(try await test.audit().signingKey == vault.signingKey)
        #expect(test.warnings().isEmpty)
        await #expect(throws: KeylessError.self) {
            try await test.audit(signingKey: SigningKey.random().publicKey)
        }
    }

    @Test func aKeyThatHasSignedNothingIsNotPinned() async throws {
        _ = try await plant()
        #expect(try await test.audit().signingKey == vault.signingKey)
        await #expect(throws: (any Error).self) {
            try await test.audit(on: "other", signingKey: SigningKey.random().publicKey)
        }
    }

    @Test func twoKeysThatHaveSignedEndTheFirstUse() async throws {
        let planted = try PlantedKeyring.ofAnotherVault(sequence: 9)
        let inventory = Inventory(vault: planted.opened.keys.vault, created: .now(), packs: [], heads: [])
            .sealed(by: planted.opened.signingKey)
        try await test.replicas[0].plant(planted.key, planted.bytes)
        try await test.replicas[0].plant(inventory.name.key, inventory.bytes)
        await #expect(throws: KeylessError.self) { try await test.audit() }
        #expect(try await test.audit(signingKey: vault.signingKey).id == vault.id)
    }

    @Test func theOwnersMachinePinsTheTrueKey() async throws {
        #expect(try await test.access().status().signingKey == vault.signingKey)
        _ = test.warnings()
        #expect(try await test.audit(on: "studio").signingKey == vault.signingKey)
        #expect(test.warnings().isEmpty)
    }
}
