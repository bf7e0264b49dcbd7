import SoakTesting
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

// What each command must do, whatever the malicious replica does.

extension HostileHistory {
    func step(_ command: Command) async throws {
        switch command {
        case .backUp, .backUpAgain:
            try sources.changePhotos(using: &random)
            try await self.command("backup") { try await backUp("Photos", with: $0) }
        case .archive:
            try sources.addShots(using: &random)
            try await self.command("archive") { try await backUp("Shoot", with: $0) }
        case .restore:
            let promise = random.pick(promises)
            try await self.command("restore") { try await expectRestored(promise, with: $0) }
        case .list: try await list()
        case .compare: try await compare()
        case .status: try await status()
        case .verify, .keyless: try await verify(isKeyless: command == .keyless)
        case .heal:
            let level = random.pick([VerifyLevel.list, .read])
            try await self.command("heal") { judge(try await test.heal($0, level: level)) }
        case .forget: try await forget()
        case .undelete: try await undelete()
        case .prune: try await prune()
        case .link: try await link()
        case .unlink: try await unlink()
        case .grant: try await grant()
        case .changePassword: try await changePassword()
        case .newMachine:
            note("the machine loses what it remembers")
            machine = machine.forgotten
        }
    }

    // MARK: What is stored

    func backUp(_ collection: String, with vault: OpenVault) async throws {
        let isArchive = collection == "Shoot"
        let source = isArchive ? ModelSources.shoot : ModelSources.photos
        let summary =
            isArchive ? try await test.archive(vault, source) : try await test.backUp(vault, source)
        let honest = summary.replicas.indices.filter { $0 != malicious.place }
        #expect(
            honest.allSatisfy { summary.replicas[$0].isWhole }, "an honest replica is not whole: \(comment)")
        promises.append(
            Promise(
                collection: collection, snapshot: try #require(summary.snapshot),
                tree: try test.tree(source, keys: vault.keys)))
    }

    func expectRestored(_ promise: Promise, with vault: OpenVault) async throws {
        expectSame(try await test.restored(vault, promise.name), promise.tree, comment)
    }

    private func list() async throws {
        let promise = random.pick(promises)
        try await command("ls") { vault in
            expectSame(try await test.listed(vault, promise.name), promise.tree, comment)
        }
    }

    /// Every snapshot is there, and two of one collection differ by what they differ.
    private func compare() async throws {
        let promise = random.pick(promises)
        let other = random.pick(promises.filter { $0.collection == promise.collection })
        try await command("diff") { vault in
            let shown = Set(try await vault.snapshots(warn: { _ in }).map(\.id))
            let hidden = promises.map(\.snapshot).filter { !shown.contains($0) }
            #expect(hidden.isEmpty, "\(hidden) are not shown: \(comment)")
            var differences = 0
            _ = try await vault.compare(
                SnapshotSelection(promise.name), with: SnapshotSelection(other.name), warn: { _ in },
                onDifference: { _ in differences += 1 })
            let isSame = promise.tree == other.tree
            #expect((differences == 0) == isSame, "\(differences) differences: \(comment)")
        }
    }

    // MARK: What is said

    private func status() async throws {
        let access = machine.access(to: test)
        try await process("status") {
            for (index, replica) in try await access.status().replicas.enumerated()
            where index != malicious.place {
                let standing = replica.standing
                #expect(
                    standing.failure == nil && standing.damageCount == 0 && replica.objectsStale == 0,
                    "\(replica): \(comment)")
            }
        }
    }

    private func verify(isKeyless: Bool) async throws {
        let level = random.pick(isKeyless ? [.list, .read] : [VerifyLevel.list, .read, .decrypt])
        guard isKeyless else {
            return try await command("verify") { judge(try await test.verify($0, level: level)) }
        }
        // The owner has written the key down.
        let key = try await machine.access(to: test).without(malicious).open().signingKey
        let access = machine.access(to: test)
        try await process("verify --keyless") {
            judge(try await test.verify(try await access.openKeyless(signingKey: key), level: level))
        }
    }

    /// Nothing is said of an honest replica.
    private func judge(_ summary: VerifySummary) {
        for (index, replica) in summary.replicas.enumerated() where index != malicious.place {
            let damage = replica.counts.filter { $0.key.isDamage && $0.value > 0 }
            #expect(damage.isEmpty && replica.failure == nil, "\(replica.name): \(replica): \(comment)")
        }
    }

    // MARK: What goes

    private func forget() async throws {
        guard promises.count > 2 else { return }
        let promise = promises.remove(at: Int.random(in: 0..<promises.count - 1, using: &random))
        try await command("forget") { vault in
            _ = try await vault.forget(
                ForgetRequest(.snapshots([promise.snapshot.description])), warn: { _ in })
        }
        forgotten.append(promise)
    }

    private func undelete() async throws {
        guard !forgotten.isEmpty else { return }
        let promise = forgotten.remove(at: Int.random(in: 0..<forgotten.count, using: &random))
        try await command("undelete") { vault in
            let undeleted = try await vault.undelete([promise.snapshot.description], warn: { _ in })
            promises += undeleted.map {
                Promise(collection: promise.collection, snapshot: $0.snapshot, tree: promise.tree)
            }
        }
    }

    private func prune() async throws {
        clock.advance(days: random.pick([0, 4, 15]))
        forgotten = []
        try await command("prune") { vault in
            do {
                _ = try await test.prune(vault)
            } catch  where error is PruneError || error is UnreadableSnapshotError {
                // It refuses rather than delete what may be needed.
                note("  \(error)")
            }
        }
    }
}
