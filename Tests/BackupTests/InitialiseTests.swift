import Crypto
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A new vault: there never is one whose recovery words nobody has seen.
@Suite struct InitialiseTests {
    private let replicas = ["a", "b", "c"].map { TestReplica(name: $0) }
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func access(_ secret: VaultSecret? = nil) -> VaultAccess {
        VaultAccess(
            providers: replicas.map { Provider(store: $0.store, location: $0.name) }, quorum: nil,
            state: StateFolder(path: scratch("state")), host: "studio", givenSecret: secret,
            askPassword: { throw CancellationError() }, warn: { _ in })
    }

    private func initialise(showing show: (VaultID, SecretBytes) -> Void) async throws -> InitialiseOutcome {
        try await access().initialise(
            strength: .interactive, makesDeviceKey: true,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) }, showing: show)
    }

    @Test func theWordsAreShownBeforeAnythingIsStored() async throws {
        var shown: SecretBytes?
        let outcome = try await initialise { _, key in
            shown = key
            #expect(replicas.allSatisfy { $0.puts.isEmpty })
        }
        let key = try #require(shown)
        let vault = try await access(.recoveryKey(key)).open()
        #expect(vault.id == outcome.vault.id)
    }

    @Test func oneThatTooFewHaveStoredIsFinishedByHeal() async throws {
        for replica in replicas.dropFirst() { replica.fault { $0.put == nil ? nil : .serverFailed } }
        var shown: SecretBytes?
        let error = try #require(
            await #expect(throws: UnfinishedVaultError.self) {
                _ = try await initialise { shown = $1 }
            })
        #expect(error.hint.contains("photobackup heal"))
        for replica in replicas { replica.works() }
        // This machine opens it without a secret, and another one with the words.
        let vault = try await access().open()
        _ = try await vault.heal(
            level: .list, progress: RunProgress(replicaCount: 3), warn: { _ in },
            telling: HealHandlers(
                onDiscrepancy: { _ in }, onUnprovable: { _ in }, onLostFile: { _ in }))
        for replica in replicas {
            #expect(try await replica.names().count == 2)
        }
        #expect(try await access(.recoveryKey(try #require(shown))).open().id == vault.id)
    }

    @Test func oneThatIsNowhereIsForgotten() async throws {
        for replica in replicas { replica.fault { $0.put == nil ? nil : .serverFailed } }
        let error = try #require(
            await #expect(throws: UnfinishedVaultError.self) { _ = try await initialise { _, _ in } })
        #expect(error.hint.contains("nothing was stored"))
        for replica in replicas { replica.works() }
        let outcome = try await initialise { _, _ in }
        #expect(try await access().open().id == outcome.vault.id)
    }
}
