import Backup
import Crypto
import Foundation
import ObjectStore
import Sharing
import Testing

@testable import Vault

/// What a recipient opens, on real ciphertext: the collection as of the grant and after, and nothing else.
@Suite struct GrantFlowTests {
    private let scene: SharingScene
    private let vault: OpenVault
    private let anna: Identity
    private let ben: Identity

    init() async throws {
        scene = try await SharingScene()
        vault = try await scene.open()
        (anna, ben) = (try .random(), try .random())
        try scene.write("was there before", to: "Trip/old.txt")
        try await scene.backUp("Trip", vault)
        try FileManager.default.removeItem(atPath: scene.folder + "/sources/Trip/old.txt")
        try scene.write("one", to: "Trip/1.txt")
        try scene.write("nobody else's", to: "Private/diary.txt")
        try await scene.backUp("Trip", vault)
        try await scene.backUp("Private", vault)
    }

    private let one = ["Trip/1.txt": "one"]
    private let two = ["Trip/1.txt": "one", "Trip/2.txt": "two"]

    /// Adds a file and backs it up on a machine.
    private func goOn(on host: String = "studio") async throws {
        try await waitForTheNextSecond()
        try scene.write("two", to: "Trip/2.txt")
        try await scene.backUp("Trip", try await scene.open(on: host))
    }

    /// Two machines' snapshots of one second have no newest.
    private func waitForTheNextSecond() async throws {
        let newest = try await vault.snapshots(of: "Trip", warn: scene.warn).last?.id.time
        while let newest, UTCTime.now() <= newest { await Task.yield() }
    }

    /// The snapshots in the first replica that these keys open, whatever collection or epoch they are of.
    private func opened(with grant: Grant) async throws -> [Snapshot] {
        var opened: [Snapshot] = []
        for object in try await scene.replicas[0].listAll(prefix: ObjectName.snapshotsPrefix) {
            guard case .snapshot(let collection, let time, let digest) = ObjectName(object.key) else {
                continue
            }
            let bytes = try await scene.replicas[0].get(object.key, maximumByteCount: 1 << 20).array
            let sealed = try SealedSnapshot(
                bytes, vault: vault.id, key: grant.giver.signingKey, subject: "snapshot")
            for epoch in grant.epochs {
                let snapshot = try? sealed.open(
                    as: SnapshotID(time: time, digest: digest), of: collection, collectionKey: epoch.key)
                if let snapshot { opened.append(snapshot) }
            }
        }
        return opened
    }

    // MARK: - Granting

    @Test(arguments: ["studio", "laptop"])
    func aRecipientOpensWhatIsThereAndWhatComes(host: String) async throws {
        let outcome = try await scene.grant(to: anna, by: vault)
        let shared = try scene.shared(outcome, for: anna)
        #expect(try await scene.restored(shared) == one)
        // Every machine goes on in the new epoch, also one that has never seen the vault.
        try await goOn(on: host)
        #expect(try await scene.restored(shared, host: host) == two)
        #expect(scene.warnings() == [])
    }

    /// The giver chose everything in it; a set-id program of root's would be theirs to run.
    @Test func whatIsRestoredLendsNobodyRights() async throws {
        let file = scene.folder + "/sources/Trip/1.txt"
        try #require(chmod(file, 0o6755) == 0)
        if geteuid() == 0 { try #require(chown(file, 4_001, 4_002) == 0 && chmod(file, 0o6755) == 0) }
        try await waitForTheNextSecond()
        try await scene.backUp("Trip", vault)
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let folder = scene.folder + "/given"
        _ = try await shared.restore(
            RestoreRequest(snapshot: SnapshotSelection(collection: "Trip"), destination: folder),
            progress: RunProgress(replicaCount: 1), notify: { _ in }, warn: scene.warn)
        var status = stat()
        try #require(stat(folder + "/Trip/1.txt", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o755)
        #expect(status.st_uid == geteuid() && status.st_gid == getegid())
    }

    @Test func aRecipientOpensNothingElse() async throws {
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        try await goOn()
        try await scene.backUp("Private", vault)
        let opened = try await opened(with: shared.grant)
        #expect(opened.count == 2 && opened.allSatisfy { $0.collectionName == "Trip" })
        // What was there before the grant is named by nobody's key but the owner's.
        let before = try await vault.snapshots(of: "Trip", warn: scene.warn)[0]
        await #expect {
            try await shared.find(SnapshotSelection("Trip@\(before.id)"), warn: scene.warn)
        } throws: {
            ($0 as? SharingError)?.code == .nothingToOpen
        }
        #expect(
            try await vault.find(SnapshotSelection("Trip@\(before.id)"), warn: scene.warn).id == before.id)
    }

    @Test func aSnapshotIsChosenByNameAndTime() async throws {
        let outcome = try await scene.grant(to: anna, by: vault)
        let shared = try scene.shared(outcome, for: anna)
        try await goOn()
        #expect(try await scene.restored(shared, "Trip@\(outcome.snapshot)") == one)
        var early = SnapshotSelection("Trip")
        early.notAfter = outcome.snapshot.time.advanced(bySeconds: -1)
        await #expect(throws: SharingError.self) { try await shared.find(early, warn: scene.warn) }
        var entries: [String] = []
        try await shared.list(
            SnapshotSelection("Trip"), EntrySelection(), warn: scene.warn,
            onEntry: { entries.append(String(decoding: $0.path.bytes, as: UTF8.self)) })
        #expect(entries == ["Trip", "Trip/1.txt", "Trip/2.txt"])
    }

    @Test func whatWasRestoredIsNotFetchedAgain() async throws {
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let request = RestoreRequest(
            snapshot: SnapshotSelection("Trip"), destination: scene.folder + "/target")
        for (restored, skipped) in [(1, 0), (0, 1)] {
            let counts = try await shared.restore(
                request, progress: RunProgress(replicaCount: 2), notify: { Issue.record("\($0)") },
                warn: scene.warn)
            #expect(counts.filesRestored == restored && counts.filesSkipped == skipped)
        }
        // Of the same size, and written since: another file.
        try Data("ONE".utf8).write(to: URL(fileURLWithPath: scene.folder + "/target/Trip/1.txt"))
        let counts = try await shared.restore(
            request, progress: RunProgress(replicaCount: 2), notify: { _ in }, warn: scene.warn)
        #expect(counts.conflicts == 1 && counts.filesSkipped == 0)
    }

    @Test func theOwnerOpensAllOfIt() async throws {
        try await goOn()
        _ = try await scene.grant(to: anna, by: vault)
        let anew = try await scene.open(on: "new")
        for snapshot in try await anew.snapshots(of: "Trip", warn: scene.warn) {
            #expect(
                try await anew.find(SnapshotSelection("Trip@\(snapshot.id)"), warn: scene.warn).id
                    == snapshot.id)
        }
        let found = try await anew.find(SnapshotSelection("Trip"), warn: scene.warn)
        #expect(found.snapshot.fileCount == 2)
        let summary = try await anew.verify(
            VerifyRequest(level: .decrypt), warn: scene.warn, onDiscrepancy: { Issue.record("\($0)") })
        #expect(!summary.isDamaged && !summary.isBehind)
        // The machine that granted does not read its list anew: nothing has changed.
        let next = try await scene.backUp("Trip", vault)
        #expect(next.filesUnmodified == 2 && next.packsStored == 0)
        #expect(scene.warnings() == [])
    }

    @Test func aMachineWithoutKeysMissesAGrant() async throws {
        let outcome = try await scene.grant(to: anna, by: vault)
        let name = try #require(outcome.grant?.name.key)
        try await scene.replicas[1].delete(name)
        let auditor = try await VaultAccess(
            providers: scene.replicas.map { Provider(store: $0, location: $0.name) }, quorum: nil,
            state: StateFolder(path: scene.folder + "/state-auditor"), host: "auditor", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: scene.warn
        ).openKeyless(signingKey: nil)
        _ = try await auditor.heal(
            level: .read, progress: RunProgress(replicaCount: 2), warn: scene.warn,
            telling: HealHandlers(onDiscrepancy: { _ in }, onUnprovable: { _ in }, onLostFile: { _ in }))
        #expect(
            try await scene.replicas[1].get(name, maximumByteCount: 1 << 20).array == outcome.grant?.bytes)
    }

    // MARK: - Several people

    @Test func whoHasAGrantIsGivenEachNewKey() async throws {
        let first = try await scene.grant(to: anna, by: vault)
        try await goOn()
        let second = try await scene.grant(to: ben, as: "Ben", by: try await scene.open(on: "laptop"))
        #expect(second.others == ["Anna"] && second.epoch == first.epoch + 1)
        let annas = try scene.shared(first, for: anna)
        let renewed = try await scene.renewed(annas, for: anna)
        #expect(renewed.grant.id == annas.grant.id && renewed.grant.epochs.count == 2)
        for shared in [renewed, try scene.shared(second, for: ben)] {
            #expect(try await scene.restored(shared) == two)
        }
        // Anna still has what was stored for her alone.
        #expect(try await scene.restored(renewed, "Trip@\(first.snapshot)") == one)
        let given = try await vault.grants(warn: scene.warn)
        #expect(Set(given.map(\.person)) == ["Anna", "Ben"])
        #expect(try await scene.renewed(annas, for: anna).newerGrant(warn: scene.warn) == nil)
    }

    @Test func aSecondGrantToTheSamePersonTakesThePlaceOfTheFirst() async throws {
        let first = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let second = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        #expect(second.grant.id == first.grant.id && second.grant.epochs.count == 2)
        #expect(try await vault.grants(warn: scene.warn).count == 1)
    }

    @Test func aRevokedPersonOpensWhatWasThereAndNothingAfter() async throws {
        let annas = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let bens = try scene.shared(try await scene.grant(to: ben, as: "Ben", by: vault), for: ben)
        let last = try await scene.renewed(annas, for: anna)
        let outcome = try await vault.revoke("Trip", from: "Anna", warn: scene.warn)
        #expect(outcome.others == ["Ben"] && outcome.grant == nil)
        for host in ["studio", "laptop"] { try await goOn(on: host) }

        #expect(scene.warnings() == [])
        #expect(try await scene.restored(last) == one)
        #expect(scene.warnings().contains { $0.contains("not sealed for this recipient") })
        #expect(try await last.newerGrant(warn: scene.warn) == nil)
        #expect(try await opened(with: last.grant).allSatisfy { $0.fileCount == 1 })
        #expect(try await scene.restored(scene.renewed(bens, for: ben), host: "laptop") == two)
        #expect(try await vault.grants(warn: scene.warn).map(\.person) == ["Ben"])
        // By the key it goes too, and an unknown person's grant is no grant.
        _ = try await vault.revoke("Trip", from: ben.publicIdentity.text, warn: scene.warn)
        #expect(try await vault.grants(warn: scene.warn).isEmpty)
        let before = try await scene.replicas[0].listAll(prefix: "").count
        await #expect {
            try await vault.revoke("Trip", from: "Anna", warn: scene.warn)
        } throws: {
            ($0 as? SharingError)?.code == .unknownPerson
        }
        #expect(try await scene.replicas[0].listAll(prefix: "").count == before)
    }

    /// A run of hours does not seal for those who were in its collection when it began.
    @Test(arguments: [false, true]) func aRevocationReachesARunThatHasBegun(hasCheckpoints: Bool) async throws
    {
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let before = try await opened(with: shared.grant).map(\.time)
        let revocation = AsyncOnce { [vault, scene] in
            await #expect(throws: Never.self) {
                _ = try await vault.revoke("Trip", from: "Anna", warn: scene.warn)
            }
        }
        let laptop = try await scene.open(on: "laptop") { call throws(ObjectStoreError) in
            guard case .put(let key) = call, key.rawValue.hasPrefix(ObjectName.packsPrefix) else { return }
            await revocation.run()
        }
        try await waitForTheNextSecond()
        for number in 0..<(hasCheckpoints ? 40 : 1) {
            try scene.write(randomBytes(4 << 20), to: "Trip/after-\(number).jpg")
        }
        try await scene.backUp(
            "Trip", laptop, CheckpointSchedule(every: hasCheckpoints ? .zero : .seconds(3600)))
        let snapshots = try await vault.snapshots(of: "Trip", warn: scene.warn)
        #expect(snapshots.contains(where: \.isCheckpoint) == hasCheckpoints)
        #expect(try await opened(with: shared.grant).map(\.time) == before)
        #expect(snapshots.contains { $0.host == "laptop" && !$0.isCheckpoint })
        #expect(scene.warnings() == [])
    }

    /// What is forgotten and comes back is for those who could open it before.
    @Test func whatComesBackFromBeforeAGrantIsNotTheRecipients() async throws {
        let old = try await vault.snapshots(of: "Trip", warn: scene.warn)[0].id
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let before = try await opened(with: shared.grant).count
        _ = try await vault.forget(ForgetRequest(.snapshots(["\(old)"])), warn: scene.warn)
        let undeleted = try await vault.undelete(["\(old)"], warn: scene.warn)
        #expect(undeleted.map(\.forgotten) == [old])
        #expect(try await opened(with: shared.grant).count == before)
        let back = try await vault.find(SnapshotSelection("Trip@\(undeleted[0].snapshot)"), warn: scene.warn)
        #expect(back.snapshot.fileCount == 1)
        #expect(try await scene.restored(shared) == one)
    }

    // MARK: - Wrong things

    @Test func anotherKeyUnderAKnownNameIsRefusedOnEveryMachine() async throws {
        _ = try await scene.grant(to: anna, by: vault)
        let before = try await scene.replicas[0].listAll(prefix: "").count
        let laptop = try await scene.open(on: "laptop")
        await #expect {
            try await scene.grant(to: ben, as: "Anna", by: laptop)
        } throws: {
            ($0 as? SharingError)?.code == .keyChanged
        }
        #expect(try await scene.replicas[0].listAll(prefix: "").count == before)
        _ = try await scene.grant(to: ben, as: "Anna", by: laptop, takesNewKey: true)
        await #expect(throws: SharingError.self) { try await scene.grant(to: anna, by: vault) }
    }

    /// Whoever can write to a bucket seals a grant for Anna under the name of hers: of another collection, or by another
    /// giver.
    @Test func aPlantedGrantIsPassedOver() async throws {
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        let forger = SigningKey.random()
        let forged = PublicIdentity(
            receivingKey: shared.grant.giver.receivingKey, signingKey: forger.publicKey)
        let epochs = [Grant.Epoch(number: 99, key: SecretBytes(randomCount: 32))]
        for (giver, signingKey, name) in [
            (forged, forger, "Trip"), (shared.grant.giver, vault.keyring.signingKey, "Private"),
            (shared.grant.giver, forger, "Trip"),
        ] {
            let planted = try Grant(
                id: shared.grant.id, vault: vault.id,
                collection: vault.keyring.keys.collectionID(name: name), collectionName: "Trip",
                created: .now(), giver: giver, recipient: anna.publicIdentity, epochs: epochs, providers: []
            ).sealed(person: "Anna", by: signingKey, keys: vault.keyring.keys)
            try await scene.replicas[0].put(planted.name.key, planted.bytes)
            #expect(try await shared.newerGrant(warn: scene.warn) == nil)
            #expect(scene.warnings().count == 1)
            try await scene.replicas[0].delete(planted.name.key)
        }
        #expect(try await scene.restored(shared) == one)
    }

    @Test func aSnapshotThatNobodyWithTheGiversKeySignedIsPassedOver() async throws {
        let shared = try scene.shared(try await scene.grant(to: anna, by: vault), for: anna)
        var snapshot = try await shared.find(SnapshotSelection("Trip"), warn: scene.warn).snapshot
        snapshot.finished += 3_600_000_000_000
        snapshot.pages = []
        let collection = VaultCollection.make(name: "Trip", keys: vault.keyring.keys)
        let (id, bytes) = snapshot.sealed(in: collection, vault: vault.id, by: .random())
        try await scene.replicas[0].put(
            ObjectName.snapshot(shared.grant.collection, id.time, id.digest).key, bytes)
        #expect(try await scene.restored(shared) == one)
        #expect(scene.warnings().count == 1)
    }

    @Test func nothingIsGrantedOfWhatIsNotThere() async throws {
        await #expect(throws: SelectionError.self) {
            try await scene.grant("Nowhere", to: anna, by: vault)
        }
    }
}

/// Does its work once; whoever asks for it meanwhile waits for it.
private actor AsyncOnce {
    private let work: @Sendable () async -> Void
    private var task: Task<Void, Never>?

    init(_ work: @escaping @Sendable () async -> Void) { self.work = work }

    func run() async {
        let task = task ?? Task { await work() }
        self.task = task
        await task.value
    }
}
