import Crypto
import ObjectStore
import ObjectStoreTesting
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

@Suite struct VerifyMemoryTests {
    /// Held whole, what is wrong with thirty thousand packs takes tens of megabytes. Runs in a process of its own,
    /// because what other tests hold at the same time would count too.
    @Test func damageTakesNoMemory() async {
        await #expect(processExitsWith: .success) { try await verifyAReplicaWithoutPacks() }
    }
}

private func verifyAReplicaWithoutPacks() async throws {
    let test = try await TestVault()
    let vault = try await test.open()
    let packCount = 30_000
    for start in stride(from: 0, to: packCount, by: 2000) {
        let packs = (start..<start + 2000).map {
            Inventory.Pack(digest: SHA256.hash(Array("\($0)".utf8)), byteCount: 16 << 20, isMeta: false)
        }
        let (name, bytes) = Inventory(
            vault: vault.id, created: UTCTime(secondsSince1970: Int64(start)), packs: packs, heads: []
        ).sealed(by: vault.keyring.signingKey)
        for replica in test.replicas { try await replica.plant(name.key, bytes) }
    }
    // The first run fills the catalog; what the second and the third take is theirs.
    var findings = try await test.verify(vault).replicas.map { $0.counts[.missing, default: 0] }
    #expect(findings == [packCount, packCount, packCount])
    for level in [VerifyLevel.list, .read] {
        try ProcessMemory.resetPeak()
        let before = try ProcessMemory.resident()
        findings = try await test.verify(vault, level: level).replicas.map { $0.counts[.missing, default: 0] }
        let growth = try ProcessMemory.peak() - before
        #expect(findings == [packCount, packCount, packCount])
        #expect(growth < 16 << 20, "grew by \(growth >> 20) MiB")
    }
}
