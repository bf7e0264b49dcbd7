import Crypto
import ObjectStore
import SoakTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// What planted keyrings cost whoever opens the vault, by secret and number, and what a changed password makes of them.
@Suite struct PlantedKeyringSecretTests {
    enum Secret: CaseIterable {
        case deviceKey, words, kit, password
    }

    let test: TestVault
    let vault: OpenVault
    private let other = SecretBytes(copying: Array("another day".utf8).span.bytes)

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        try vault.makeDeviceKey()
        try test.write("one", to: "photos/1.txt")
        try await test.backUp(vault)
    }

    private var genuine: [UInt8] { vault.keyring.keyring.bytes }

    private func plant(_ keyrings: [PlantedKeyring], on replicas: [Int] = [0, 1, 2]) async throws {
        for keyring in keyrings {
            for replica in replicas { try await test.replicas[replica].plant(keyring.key, keyring.bytes) }
        }
    }

    private func open(_ secret: Secret) async throws -> OpenVault {
        switch secret {
        case .deviceKey: try await test.open(with: nil)
        case .words: try await test.open(on: "new")
        case .kit:
            try await test.open(
                on: "new",
                with: .emergency(vault.keyring.emergencyKey, recoveryKey: try vault.keyring.recoveryKey()))
        case .password: try await test.open(on: "new", with: .password(TestVault.password))
        }
    }

    private func changePassword(_ opened: OpenVault) async throws -> PasswordChange {
        try await opened.changePassword(to: other, strength: .interactive, warn: test.warn)
    }

    @Test(arguments: Secret.allCases, [0, 1, 200])
    func everySecretOpensAndChangesThePassword(secret: Secret, count: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(count))
        try await plant((0..<count).map { _ in try PlantedKeyring(of: genuine, using: &generator) })
        let opened = try await open(secret)
        #expect(opened.id == vault.id)
        let summary = try await test.backUp(opened)
        #expect(summary.replicas.allSatisfy { !$0.isBehind })
        #expect(try await changePassword(opened).sequence == 2)
        #expect(try await test.open(on: "newer", with: .password(other)).id == vault.id)
        await #expect { try await test.open(on: "newest", with: .password(TestVault.password)) } throws: {
            ($0 as? AccessError)?.code == .wrongPassword
        }
    }

    /// A copy of the vault's own keyring under the last number there is, as a thief can make it who may only put.
    @Test(arguments: Secret.allCases) func theLastSequenceTakesNoNumberAway(secret: Secret) async throws {
        try await plant([PlantedKeyring(genuine, .max, ["mac": PlantedKeyring.zeros])])
        let change = try await changePassword(try await open(secret))
        #expect(change.sequence == 2 && change.replacedCount == 1)
        for replica in test.replicas {
            #expect(try await replica.names("keyring/").contains { ObjectName($0)?.sequence == 2 })
        }
        #expect(try await test.open(on: "newer", with: .password(other)).keyring.keyring.sequence == 2)
    }

    @Test func afterTheVaultsOwnLastSequenceNothingIsWritten() async throws {
        let last = vault.keyring.changing(
            to: try PasswordKey.make(password: TestVault.password, strength: .interactive), sequence: .max,
            created: .now())
        try await plant([PlantedKeyring(last.keyring.bytes, sequence: .max)])
        let opened = try await test.open(with: nil)
        try await test.backUp(opened)
        for replica in test.replicas { replica.forgetPuts() }
        await #expect { try await changePassword(opened) } throws: {
            ($0 as? AccessError)?.code == .noSequence
        }
        #expect(test.replicas.allSatisfy { $0.puts.isEmpty })
        #expect(try await open(.password).id == vault.id)
    }

    /// Each asks for the most memory and work that a keyring may: what is tried is told by what is warned of.
    @Test(arguments: [4, 200]) func theMostCostlyOnesAreNotTriedBeforeTheVaultsOwn(count: Int) async throws {
        let costs = ["kdf_passes": "4", "kdf_memory": "1073741824", "mac": PlantedKeyring.zeros]
        try await plant(
            (0..<UInt32(count)).map { number in
                var changes = costs
                // Half have a signing key of their own.
                if number % 2 == 0 { changes["signing_public_key"] = SigningKey.random().publicKey.bytes.hex }
                return PlantedKeyring(genuine, [.max - number, number / 4 + 1, 0][Int(number) % 3], changes)
            })
        _ = try await open(.password)
        #expect(!test.warnings().contains { $0.why.contains("the password is tried") })
    }

    @Test func whatIsTriedOftenIsTold() async throws {
        // Nothing signed names the vault's own any more.
        for replica in test.replicas { try await replica.lose("inventory/") }
        try await plant((2..<12).map { PlantedKeyring(genuine, $0, ["mac": PlantedKeyring.zeros]) })
        try await plant((0..<10).map { _ in PlantedKeyring(genuine, 0, ["mac": PlantedKeyring.zeros]) })
        _ = try await open(.password)
        #expect(test.warnings().contains { $0.why.contains("the password is tried on keyring 4 of 21") })
    }

    /// The providers take the new keyring, and show what was there before.
    @Test func aPasswordThatDoesNotOpenIsNotCalledChanged() async throws {
        let opened = try await test.open(with: nil)
        for replica in test.replicas {
            replica.show(only: { ObjectName($0.key)?.sequence != 2 })
            replica.forgetPuts()
        }
        await #expect(throws: UnprovenPasswordError.self) { try await changePassword(opened) }
        // Nothing of before is given up.
        for replica in test.replicas {
            #expect(!replica.puts.contains { $0.rawValue.hasPrefix("tombstones/") })
        }
        for secret in Secret.allCases { #expect(try await open(secret).id == vault.id) }
    }

    /// It was away when the password was changed, and somebody planted others beside what it has.
    @Test func aReplicaThatIsBehindIsNoForeignOne() async throws {
        let opened = try await test.open(with: nil)
        test.replicas[2].fault { _ in .connectionFailed }
        _ = try await changePassword(opened)
        test.replicas[2].works()
        // Only there, and so not among the first that are looked at.
        for replica in test.replicas.prefix(2) {
            try await replica.lose(vault.keyring.keyring.name.key.rawValue)
        }
        var generator = SeededGenerator(seed: 11)
        try await plant((0..<90).map { _ in try PlantedKeyring(of: genuine, using: &generator) }, on: [2])
        let summary = try await test.backUp(try await test.open(on: "new", with: .password(other)))
        #expect(summary.replicas.allSatisfy { !$0.isBehind })
    }

    /// What the vault's key has signed is there still, and so it is given its keyring again.
    @Test(arguments: [[1], [0, 1, 2]]) func aReplicaThatLostItsKeyringIsNoForeignOne(replicas: [Int])
        async throws
    {
        for replica in replicas { try await test.replicas[replica].lose("keyring/") }
        try await plant(
            [try Self.ofAnotherVault(), PlantedKeyring(genuine, 1, ["mac": PlantedKeyring.zeros])],
            on: replicas)
        let opened = try await open(.kit)
        #expect(try await changePassword(opened).behind.isEmpty)
        #expect(try await test.open(on: "newer", with: .password(other)).id == vault.id)
    }

    private static func ofAnotherVault() throws -> PlantedKeyring {
        let made = try PlantedKeyring.ofAnotherVault(sequence: 3)
        return PlantedKeyring(made.bytes, sequence: 3)
    }
}
