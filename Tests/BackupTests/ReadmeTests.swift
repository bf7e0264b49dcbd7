import Crypto
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// README.txt, whose name holds no hash: levels that read find it altered, and healing puts it right.
@Suite struct ReadmeTests {
    let test: TestVault
    let vault: OpenVault

    init() async throws { (test, vault) = try await TestVault.withThreeSnapshots() }

    private func text() async throws -> [UInt8] { try await test.replicas[0].bytes(.readme) }

    private func alter(_ replicas: [TestReplica], _ change: (inout [UInt8]) -> Void) async throws {
        var bytes = try await text()
        change(&bytes)
        for replica in replicas { try await replica.plant(.readme, bytes) }
    }

    @Test(arguments: [VerifyLevel.read, .decrypt], [true, false])
    func whatWasAlteredIsFoundByReadingAndHealed(level: VerifyLevel, isCut: Bool) async throws {
        let original = try await text()
        try await alter([test.replicas[1]]) { if isCut { $0 = [] } else { $0[700] ^= 1 } }
        for shallow in [VerifyLevel.list, .checksum] {
            #expect(try await test.discrepancies(vault, level: shallow) == [])
        }
        let found = try await test.discrepancies(vault, level: level)
        #expect(found.map(\.key) == [.readme] && found.map(\.kind) == [.corrupt])
        #expect(found.map(\.replica) == [1])
        // It stays so until it is healed, whatever the level.
        #expect(try await test.verify(vault).isDamaged)
        #expect(try await test.access().status().isDamaged)
        let heal = try await test.heal(vault, level: level)
        #expect(!heal.isDamaged && heal.replicas.map(\.healedCount) == [0, 1, 0])
        #expect(try await test.replicas[1].bytes(.readme) == original)
        #expect(try await !test.verify(vault, level: level).isDamaged)
    }

    @Test func whatWasPutRightByOthersIsRight() async throws {
        let original = try await text()
        try await alter([test.replicas[1]]) { $0[700] ^= 1 }
        #expect(try await test.verify(vault, level: .read).isDamaged)
        try await test.replicas[1].plant(.readme, original)
        #expect(try await !test.verify(vault, level: .read).isDamaged)
        #expect(try await !test.verify(vault).isDamaged)
    }

    /// An older or a newer program may say it in other words.
    @Test func anotherVersionsWordsAreRight() async throws {
        let other = Readme.signed("In other words.\n", vault: vault.id, by: vault.keyring.signingKey)
        try await test.replicas[1].plant(.readme, other)
        #expect(try await test.discrepancies(vault, level: .read) == [])
        #expect(try await test.heal(vault, level: .read).replicas.allSatisfy { $0.healedCount == 0 })
        #expect(try await test.replicas[1].bytes(.readme) == other)
    }

    @Test func withoutKeysItIsFoundAndCopiedFromAnotherReplica() async throws {
        let original = try await text()
        try await alter(Array(test.replicas.prefix(2))) { $0[700] ^= 1 }
        let audit = try await test.audit()
        let found = try await test.discrepancies(audit, level: .read)
        #expect(found.map(\.key) == [.readme, .readme] && found.map(\.kind) == [.corrupt, .corrupt])
        #expect(try await !test.heal(audit, level: .read).isDamaged)
        for replica in test.replicas { #expect(try await replica.bytes(.readme) == original) }
    }

    /// What no replica has as the vault has signed it, nobody can make up without the keys.
    @Test func withoutKeysAndAnyRightOneItStaysDamaged() async throws {
        try await alter(test.replicas) { $0[700] ^= 1 }
        #expect(try await test.heal(try await test.audit(), level: .read).isDamaged)
        #expect(try await !test.heal(vault, level: .read).isDamaged)
        #expect(try await !test.verify(try await test.audit(), level: .read).isDamaged)
    }

    @Test func aReplicaThatDoesNotAnswerIsNotCalledDamaged() async throws {
        test.replicas[2].fault { $0.get == .readme ? .connectionFailed : nil }
        let summary = try await test.verify(vault, level: .read)
        #expect(!summary.isDamaged && summary.isBehind)
        #expect(summary.replicas.map(\.unansweredCount) == [0, 0, 1])
    }
}
