import Foundation
import ObjectStore
import ServerTesting
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import S3
@testable import S3Signer
@testable import Vault

/// A random history of a vault on three replicas, one of which is malicious: it lies by a seed about anything, and does
/// to what it holds whatever it likes. Nobody else does anything wrong.
///
/// Each command does what it would have done with the two others alone, but for a warning: nothing is lost, nothing wrong
/// is served, and no honest replica is called damaged.
final class HostileHistory {
    struct Promise: Sendable {
        let collection: String
        let snapshot: SnapshotID
        let tree: [String: Node]
    }

    enum Command: CaseIterable {
        case backUp, backUpAgain, archive, restore, list, verify, heal, forget, prune, newMachine
    }

    let seed: UInt64
    private let test: TestVault
    private let server: HostileServer
    private let store: S3Store
    /// Where it stands among the three.
    private let place: Int
    private let clock: HistoryClock
    private var random: SeededGenerator
    private var sources: ModelSources
    private var machine = ModelMachine(host: "studio")
    private var promises: [Promise] = []
    private var log: [String] = []
    /// By command, how long it took at most.
    private(set) var longest: [String: Duration] = [:]

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let clock = HistoryClock()
        self.clock = clock
        test = try await TestVault(clock: { clock.now })
        place = Int.random(in: 0..<3, using: &random)
        server = try HostileServer(clock: { Date(timeIntervalSince1970: Double(clock.now) + 7) })
        for key in try await test.replicas[place].names() {
            server.store(key.rawValue, try await test.replicas[place].bytes(key))
        }
        store = try Self.store(on: server, named: test.replicas[place].name)
        sources = ModelSources(test)
        try sources.addShots(using: &random)
        try sources.changePhotos(using: &random)
    }

    /// With waits that no test needs.
    private static func store(on server: HostileServer, named name: String) throws -> S3Store {
        var timeouts = S3Configuration.Timeouts()
        timeouts.stall = .seconds(5)
        let configuration = try S3Configuration(
            name: name, endpoint: server.endpoint, region: "us-east-1", bucket: HostileServer.bucket,
            timeouts: timeouts, credentials: { S3Credentials(accessKeyID: "a", secretAccessKey: "b") })
        let policy = RetryPolicy(
            maximumAttempts: 3, base: .milliseconds(1), ceiling: .milliseconds(5),
            retryAfterCeiling: .milliseconds(5))
        return try S3Store(configuration, policy: policy, environment: .system)
    }

    /// What a failed expectation says.
    var comment: Comment {
        """
        seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_MALICIOUS=1), replica \(place):
        \(log.joined(separator: "\n"))
        """
    }

    private func note(_ text: String) { log.append(text) }

    func run(stepCount: Int) async throws {
        try await command("first backup") { try await backUp("Photos", with: $0) }
        for _ in 0..<stepCount {
            if random.chance(50) {
                let misdeed = random.pick(Misdeed.allCases)
                note("it \(misdeed)")
                misdeed.commit(on: server, using: &random)
            }
            if random.chance(80) {
                let lies = Lies.drawn(using: &random)
                note("it lies, \(lies)")
                server.lie { lies.lie(for: $0) }
            } else {
                server.beHonest()
            }
            try await step()
        }
        try await end()
    }

    private func step() async throws {
        let command = random.pick(Command.allCases)
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
        case .list:
            let promise = random.pick(promises)
            try await self.command("list") { [test] vault in
                let listed = try await test.listed(vault, "\(promise.collection)@\(promise.snapshot)")
                expectSame(listed, promise.tree, comment)
            }
        case .verify:
            let level = random.pick([VerifyLevel.list, .read, .decrypt])
            try await self.command("verify \(level)") { [test] in
                judge(try await test.verify($0, level: level))
            }
        case .heal:
            let level = random.pick([VerifyLevel.list, .read])
            try await self.command("heal \(level)") { [test] in judge(try await test.heal($0, level: level)) }
        case .forget: try await forget()
        case .prune:
            clock.advance(days: random.pick([0, 4, 15]))
            try await self.command("prune") { [test] vault in
                do {
                    _ = try await test.prune(vault)
                } catch  where error is PruneError || error is UnreadableSnapshotError {
                    // It refuses rather than delete what may be needed.
                    note("  \(error)")
                }
            }
        case .newMachine:
            note("the machine loses what it remembers")
            machine = machine.forgotten
        }
    }

    // MARK: Commands

    private func access(_ machine: ModelMachine, honestOnly: Bool = false) -> VaultAccess {
        var access = machine.access(to: test)
        if honestOnly {
            access.providers.remove(at: place)
        } else {
            access.providers[place] = Provider(store: store, location: test.replicas[place].name)
        }
        return access
    }

    /// Runs a command as a process of its own; it must not fail, nor take five minutes.
    private func command(_ name: String, _ body: (OpenVault) async throws -> Void) async throws {
        note(name)
        store.beginPhase()
        let start = ContinuousClock.now
        do {
            try await body(try await access(machine).open())
        } catch {
            Issue.record("\(name): \(error): \(comment)")
        }
        let time = ContinuousClock.now - start
        #expect(time < .seconds(300), "\(name) took \(time): \(comment)")
        // Of a row of commands that differ in what they name, the first word.
        let kind = name.prefix { $0 != " " }
        longest[String(kind)] = max(longest[String(kind)] ?? .zero, time)
    }

    private func backUp(_ collection: String, with vault: OpenVault) async throws {
        let isArchive = collection == "Shoot"
        let source = isArchive ? ModelSources.shoot : ModelSources.photos
        let summary =
            isArchive ? try await test.archive(vault, source) : try await test.backUp(vault, source)
        let honest = summary.replicas.indices.filter { $0 != place }
        #expect(
            honest.allSatisfy { summary.replicas[$0].isWhole }, "an honest replica is not whole: \(comment)")
        promises.append(
            Promise(
                collection: collection, snapshot: try #require(summary.snapshot),
                tree: try test.tree(source, keys: vault.keys)))
    }

    private func expectRestored(_ promise: Promise, with vault: OpenVault) async throws {
        let restored = try await test.restored(vault, "\(promise.collection)@\(promise.snapshot)")
        expectSame(restored, promise.tree, comment)
    }

    /// Nothing is said of an honest replica.
    private func judge(_ summary: VerifySummary) {
        for (index, replica) in summary.replicas.enumerated() where index != place {
            let damage = replica.counts.filter { $0.key.isDamage && $0.value > 0 }
            #expect(damage.isEmpty && replica.failure == nil, "\(replica.name): \(replica): \(comment)")
        }
    }

    private func forget() async throws {
        guard promises.count > 2 else { return }
        let promise = promises.remove(at: Int.random(in: 0..<promises.count - 1, using: &random))
        try await command("forget \(promise.snapshot.short)") { vault in
            _ = try await vault.forget(
                ForgetRequest(.snapshots([promise.snapshot.description])), warn: { _ in })
        }
    }

    /// It goes on lying to a machine that knows nothing yet; and the two others are whole by themselves.
    private func end() async throws {
        machine = machine.forgotten
        for promise in promises {
            try await command("last restore") { try await expectRestored(promise, with: $0) }
        }
        note("the end, without it")
        let vault = try await access(ModelMachine(host: "new"), honestOnly: true).open()
        let summary = try await test.verify(vault, level: .decrypt)
        #expect(!summary.isDamaged, "\(summary): \(comment)")
        for promise in promises { try await expectRestored(promise, with: vault) }
    }
}

/// The time by which providers go in a history, in seconds since 1970.
final class HistoryClock: Sendable {
    private let ahead = Mutex<Int64>(0)

    var now: Int64 { UTCTime.now().secondsSince1970 + ahead.withLock { $0 } }

    func advance(days: Int) { ahead.withLock { $0 += Int64(days) * 86400 } }
}
