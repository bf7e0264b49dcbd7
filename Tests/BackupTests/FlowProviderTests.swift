import Crypto
import ObjectStore
import ObjectStoreTesting
import Replicator
import Testing

@testable import Backup
@testable import Vault

/// A provider is filled, replaced and removed, from what the others have and nothing else.
@Suite struct FlowProviderTests {
    /// A vault on a and b, with two snapshots; c is in the configuration, and empty.
    private func vaultWithNewProvider() async throws -> (TestVault, OpenVault) {
        let test = try await TestVault()
        let vault = try await test.open()
        try test.write(noise(3_000_000, seed: 1), to: "photos/a.raw")
        try await test.backUp(vault)
        try test.write(noise(5_000_000, seed: 2), to: "photos/b.raw")
        try await test.backUp(vault)
        try await test.replicas[2].lose()
        test.replicas[2].forgetPuts()
        // The sources are of no use any more.
        try test.remove("photos")
        return (test, try await test.openAnew())
    }

    private func fill(
        _ name: String, in vault: OpenVault, _ test: TestVault
    ) async throws -> VerifySummary.Replica {
        try await vault.fill(
            name, progress: RunProgress(replicaCount: 3), warn: test.warn,
            onUnprovable: { [warn = test.warn] in warn(Warning(what: $0.key.rawValue, why: "\($0)")) })
    }

    private func removal(of name: String, in vault: OpenVault, _ test: TestVault) async throws -> RemovalCheck
    {
        try await vault.checkRemoval(
            of: name, requestedQuorum: nil, progress: RunProgress(replicaCount: 3), warn: test.warn)
    }

    @Test func aNewProviderGetsEverythingInCommitOrder() async throws {
        let (test, vault) = try await vaultWithNewProvider()
        let replica = try await fill("c", in: vault, test)
        #expect(replica.failure == nil && replica.counts.allSatisfy { $0.value == 0 })
        #expect(try await test.replicas[2].names() == test.replicas[0].names())
        let kinds = test.replicas[2].puts.map { $0.rawValue.prefix { $0 != "/" } }
        let order: [Substring] = [
            "README.txt", "keyring", "collections", "tombstones", "meta", "packs", "inventory", "snapshots",
        ]
        let places = kinds.map { kind in order.firstIndex(of: kind)! }
        let openers = places.filter { $0 <= 3 }.count
        #expect(places.prefix(openers).allSatisfy { $0 <= 3 })
        #expect(Array(places.dropFirst(openers)) == places.dropFirst(openers).sorted())
    }

    /// One that nobody has filled by name: README.txt, too, which is in no listing that a run looks at.
    @Test(arguments: [true, false])
    func aNewProviderIsWholeAfterItsFirstRun(isBackedUp: Bool) async throws {
        let (test, vault) = try await vaultWithNewProvider()
        if isBackedUp {
            try test.write("more", to: "photos/more.txt")
            _ = try await test.backUp(vault)
        } else {
            _ = try await vault.catchUp(progress: RunProgress(replicaCount: 3), warn: test.warn)
        }
        #expect(try await test.replicas[2].names() == test.replicas[0].names())
        let verified = try await test.verify(vault, level: .read)
        #expect(verified.replicas.allSatisfy { $0.counts.isEmpty }, "\(verified.replicas)")
    }

    @Test func anInterruptedFillingGoesOnWhereItWas() async throws {
        let (test, vault) = try await vaultWithNewProvider()
        let count = Counter()
        test.replicas[2].fault { call in call.put != nil && count.next() > 4 ? .timedOut : nil }
        let first = try await fill("c", in: vault, test)
        #expect(first.failure != nil)
        let stored = try await test.replicas[2].names()
        #expect(stored.count == 4)
        #expect(!stored.contains { $0.rawValue.hasPrefix("snapshots/") }, "no snapshot without its packs")
        test.replicas[2].works()
        test.replicas[2].forgetPuts()
        let second = try await fill("c", in: try await test.open(), test)
        #expect(second.failure == nil && second.counts.allSatisfy { $0.value == 0 })
        #expect(Set(test.replicas[2].puts).isDisjoint(with: stored), "nothing is sent twice")
        #expect(try await test.replicas[2].names() == test.replicas[0].names())
    }

    @Test func aDamagedObjectIsNotCopied() async throws {
        let (test, vault) = try await vaultWithNewProvider()
        let pack = try #require(try await test.replicas[0].names("packs/").first)
        let right = try await test.replicas[0].bytes(pack)
        try await test.replicas[0].plant(pack, noise(right.count, seed: 9))
        _ = try await fill("c", in: vault, test)
        #expect(try await test.replicas[2].bytes(pack) == right)
    }

    /// The one that goes has failed already: the others are enough.
    @Test func aProviderIsEvacuatedWhileItFails() async throws {
        let (test, _) = try await vaultWithNewProvider()
        test.replicas[0].fault { _ in .connectionFailed }
        let vault = try await test.openAnew()
        let replica = try await fill("c", in: vault, test)
        #expect(replica.failure == nil && replica.counts.allSatisfy { $0.value == 0 })
        let check = try await removal(of: "a", in: vault, test)
        #expect(check.isSafe)
        #expect(check.whole == ["b", "c"] && check.quorum == 2)
        #expect(test.replicas.allSatisfy { $0.deletes == 0 })
    }

    @Test func aProviderThatIsNeededCannotGo() async throws {
        let (test, vault) = try await vaultWithNewProvider()
        let check = try await removal(of: "a", in: vault, test)
        #expect(!check.isSafe)
        #expect(check.whole == ["b"] && check.lacking == ["c"] && check.quorum == 2)
    }

    /// What only the leaving provider has shown counts as missing on the others.
    @Test func theOnlyCopyIsNotLeftBehind() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        try test.write(noise(3_000_000, seed: 1), to: "photos/a.raw")
        try await test.backUp(vault)
        for replica in test.replicas.dropFirst() { try await replica.lose("packs/") }
        let check = try await removal(of: "a", in: vault, test)
        #expect(!check.isSafe && check.whole == [])
    }

    @Test func aQuorumThatCannotBeReachedIsNamed() async throws {
        let test = try await TestVault()
        let vault = try await test.open(quorum: 3)
        try test.write("a", to: "photos/a.jpg")
        try await test.backUp(vault)
        let check = try await vault.checkRemoval(
            of: "a", requestedQuorum: 3, progress: RunProgress(replicaCount: 3), warn: test.warn)
        #expect(check.isSafe && check.impossibleQuorum == 3 && check.quorum == 2)
    }

    // MARK: Probes

    @Test func whatAProbeLeftIsNoStray() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        try await test.replicas[0].plant(ObjectKey("probe/0123456789abcdef/locked")!, [1])
        try await test.replicas[1].plant(ObjectKey("other/object")!, [1])
        let summary = try await test.verify(vault)
        #expect(summary.replicas[0].counts[.stray, default: 0] == 0)
        #expect(summary.replicas[1].counts[.stray] == 1)
    }

    @Test func answersOfAProbeAreKept() async throws {
        let test = try await TestVault()
        let catalog = try await test.open().catalog
        let answers = [ProbeAnswer(.signature, .yes, "seen"), ProbeAnswer(.lockEnforced, .no)]
        try catalog.record(answers, of: "a", at: UTCTime(secondsSince1970: 1_800_000_000))
        #expect(
            try catalog.probe(of: "a")
                == KnownProbe(answers: answers, time: UTCTime(secondsSince1970: 1_800_000_000)))
        #expect(try catalog.probe(of: "b") == nil)
        try catalog.record([answers[1]], of: "a", at: .now())
        #expect(try catalog.probe(of: "a")?.answers == [answers[1]])
    }

    // MARK: Keys that may not delete

    @Test func keysThatMayNotDeleteAreEnough() async throws {
        let test = try await TestVault()
        for replica in test.replicas { replica.fault { $0.isDelete ? .accessDenied : nil } }
        let vault = try await test.open()
        try test.write(noise(3_000_000, seed: 1), to: "photos/a.raw")
        let backup = try await test.backUp(vault)
        #expect(backup.replicas.allSatisfy { $0.isWhole && !$0.isBehind })
        let pack = try #require(try await test.replicas[1].names("packs/").first)
        let right = try await test.replicas[1].bytes(pack)
        try await test.replicas[1].plant(pack, noise(right.count, seed: 9))
        let verify = try await test.verify(vault, level: .read)
        #expect(verify.isDamaged)
        let heal = try await test.heal(vault, level: .read)
        #expect(!heal.isDamaged && !heal.isBehind)
        #expect(try await test.replicas[1].bytes(pack) == right)
        let tree = try test.tree(keys: vault.keys)
        expectSame(try await test.restored(vault), tree)
        #expect(test.replicas.allSatisfy { $0.deletes == 0 }, "nothing even tries")
    }

    @Test func aVaultIsMadeByKeysThatMayNotDelete() async throws {
        let scratch = try ScratchFolder()
        let store = FaultStore(InMemoryStore(), failing: .accessDenied) { $0.isDelete }
        let access = VaultAccess(
            providers: [Provider(store: store, location: "memory")], quorum: 1,
            state: StateFolder(path: scratch("state")), host: "maker", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { Issue.record("\($0)") })
        let outcome = try await access.initialise(
            strength: .interactive, makesDeviceKey: true,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) })
        #expect(outcome.behind.isEmpty)
    }

    // MARK: Locks

    @Test func theShortestLocksAreDueFirst() async throws {
        let test = try await TestVault()
        let vault = try await test.open()
        try test.write(noise(3_000_000, seed: 1), to: "photos/a.raw")
        try await test.backUp(vault)
        let replica = vault.catalogReplicas[1]
        let all = try vault.catalog.locksDue(on: replica, before: 100, limit: 1000)
        #expect(Set(all.objects.map(\.key)) == Set(try await test.replicas[1].names()))
        #expect(all.objects.allSatisfy { $0.until == nil })
        let keys = all.objects.map(\.key)
        try vault.catalog.record(
            locks: keys.dropFirst(2).map { ($0, 200) } + [(keys[0], 90), (keys[1], 80)], on: replica)
        let due = try vault.catalog.locksDue(on: replica, before: 100, limit: 1)
        #expect(due.count == 2 && due.objects.map(\.key) == [keys[1]])
        #expect(try vault.catalog.locksDue(on: replica, before: 201, limit: 1000).count == keys.count)
        #expect(
            try vault.catalog.locksDue(on: vault.catalogReplicas[0], before: 100, limit: 0).count
                == keys.count)
    }
}
