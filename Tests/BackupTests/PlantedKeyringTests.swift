import Crypto
import ObjectStore
import SoakTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// No number of planted keyrings, at any sequence, on any replicas, keeps a vault closed while one shows its own.
@Suite struct PlantedKeyringTests {
    let test: TestVault
    let vault: OpenVault
    private let genuine: ObjectKey
    private let expected: [String: Node]

    init() async throws {
        test = try await TestVault()
        vault = try await test.open()
        try vault.makeDeviceKey()
        try test.write("one", to: "photos/1.txt")
        try await test.backUp(vault)
        genuine = vault.keyring.keyring.name.key
        expected = try test.tree(keys: vault.keys)
    }

    private func plant(_ count: Int, on replicas: [Int], seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count {
            let planted = try PlantedKeyring(of: vault.keyring.keyring.bytes, using: &generator)
            for replica in replicas { try await test.replicas[replica].plant(planted.key, planted.bytes) }
        }
    }

    /// A backup goes everywhere that is honest, and everything comes back.
    private func expectEverything(_ opened: OpenVault, honest: [Int] = [0, 1, 2]) async throws {
        #expect(opened.keyring.keyring.name.key == genuine)
        let summary = try await test.backUp(opened)
        #expect(summary.filesTotal == 1 && summary.replicas.filter(\.isBehind).count == 3 - honest.count)
        let restored = try await test.restored(opened)
        #expect(restored == expected)
        let verified = try await test.verify(opened, level: .read)
        for replica in honest {
            #expect(verified.replicas[replica].failure == nil)
            #expect(verified.replicas[replica].counts.allSatisfy { $0.key == .stray })
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64], [[0], [2], [0, 1], [0, 1, 2]])
    func everySecretOpensWhateverIsPlanted(seed: UInt64, replicas: [Int]) async throws {
        try await plant(Int(seed) * 5, on: replicas, seed: seed)
        try await expectEverything(try await test.open(with: nil))
        try await expectEverything(try await test.openAnew())
        try await expectEverything(try await test.open(on: "new", with: .password(TestVault.password)))
        #expect(!test.warnings().isEmpty)
    }

    @Test func aWrongPasswordIsStillWrong() async throws {
        try await plant(12, on: [0, 1, 2], seed: 9)
        let wrong = SecretBytes(copying: Array("passwort".utf8).span.bytes)
        await #expect { try await test.open(on: "new", with: .password(wrong)) } throws: { error in
            (error as? AccessError)?.code == .wrongPassword
        }
    }

    @Test(arguments: [0, 30])
    func aPasswordIsChangedBesideThem(count: Int) async throws {
        try await plant(count, on: [0, 1, 2], seed: 10)
        let opened = try await test.open(with: nil)
        let other = SecretBytes(copying: Array("another day".utf8).span.bytes)
        let change = try await opened.changePassword(to: other, strength: .interactive, warn: test.warn)
        #expect(change.sequence == 2 && change.behind.isEmpty)
        #expect(try await test.open(on: "new", with: .password(other)).id == vault.id)
        await #expect { try await test.open(on: "newer", with: .password(TestVault.password)) } throws: {
            error in
            (error as? AccessError)?.code == .wrongPassword
        }
    }

    /// A copied section of the configuration, or a provider that shows another vault in place of ours.
    @Test(arguments: [false, true])
    func nothingIsWrittenWhereOnlyForeignKeyringsAre(isMachineNew: Bool) async throws {
        let planted = try PlantedKeyring.ofAnotherVault(sequence: 1)
        try await test.replicas[1].lose()
        try await test.replicas[1].plant(planted.key, planted.bytes)
        test.replicas[1].forgetPuts()
        let opened = try await isMachineNew ? test.openAnew() : test.open(with: nil)
        try await expectEverything(opened, honest: [0, 2])
        _ = try await test.heal(opened)
        #expect(test.replicas[1].puts.isEmpty)
        #expect(test.warnings().contains { $0.why.contains("it holds vault") })
    }

    @Test func whereOnlyForeignKeyringsAreThereIsNoVault() async throws {
        let planted = try PlantedKeyring.ofAnotherVault(sequence: 1)
        for replica in test.replicas {
            try await replica.lose("keyring/")
            try await replica.plant(planted.key, planted.bytes)
        }
        await #expect { try await test.open(with: nil) } throws: { error in
            (error as? AccessError)?.code == .otherVault
        }
        await #expect { try await test.open(on: "new", with: .password(TestVault.password)) } throws: {
            error in
            (error as? AccessError)?.code == .wrongPassword
        }
    }
}
