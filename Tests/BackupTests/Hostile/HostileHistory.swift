import Crypto
import SoakTesting
import Synchronization
import Testing

@testable import Backup
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

        var name: String { "\(collection)@\(snapshot)" }
    }

    struct LinkPromise: Sendable {
        let link: RecordedLink
        let files: [SelectedFile]
    }

    enum Command: CaseIterable {
        case backUp, backUpAgain, archive, restore, list, compare, status, verify, keyless, heal
        case forget, undelete, prune, link, unlink, grant, changePassword, newMachine
    }

    let seed: UInt64
    let test: TestVault
    let malicious: MaliciousReplica
    let clock: HistoryClock
    var random: SeededGenerator
    var sources: ModelSources
    var machine = ModelMachine(host: "studio")
    var promises: [Promise] = []
    /// What was forgotten since the last prune.
    var forgotten: [Promise] = []
    var links: [LinkPromise] = []
    var password = TestVault.password
    var oldPasswords: [SecretBytes] = []
    private var log: [String] = []
    /// By command, what it took at most.
    private(set) var costs: [String: HostileCost] = [:]

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let clock = HistoryClock()
        self.clock = clock
        test = try await TestVault(clock: { clock.now })
        malicious = try await MaliciousReplica(
            in: test, place: Int.random(in: 0..<3, using: &random), clock: { clock.now })
        sources = ModelSources(test)
        try sources.addShots(using: &random)
        try sources.changePhotos(using: &random)
    }

    /// What a failed expectation says.
    var comment: Comment {
        """
        seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_MALICIOUS=1), replica \(malicious.place):
        \(log.joined(separator: "\n"))
        """
    }

    func note(_ text: String) { log.append(text) }

    func run(stepCount: Int) async throws {
        try await command("backup") { try await backUp("Photos", with: $0) }
        for _ in 0..<stepCount {
            for deed in malicious.misbehave(using: &random) { note(deed) }
            try await step(random.pick(Command.allCases))
        }
        try await end()
    }

    /// Runs a command as a process of its own, with one of the vault's secrets; it must not fail.
    func command(_ name: String, _ body: (OpenVault) async throws -> Void) async throws {
        var access = machine.access(to: test)
        if random.chance(25) { access.givenSecret = .password(password) }
        try await process(name) { try await body(try await access.open()) }
    }

    /// What a process does that must not fail, nor go beyond its bounds.
    func process(_ name: String, _ body: () async throws -> Void) async throws {
        note(name)
        malicious.beginPhase()
        let cost = try await HostileCost.measured {
            do { try await body() } catch { Issue.record("\(name): \(error): \(comment)") }
        }
        #expect(cost.time < HostileCost.bound.time, "\(name) took \(cost): \(comment)")
        #expect(cost.byteCount < HostileCost.bound.byteCount, "\(name) took \(cost): \(comment)")
        costs[name] = costs[name]?.orMore(cost) ?? cost
    }

    /// It goes on lying to a machine that knows nothing yet; and the two others are whole by themselves.
    private func end() async throws {
        machine = machine.forgotten
        for promise in promises {
            try await command("restore") { try await expectRestored(promise, with: $0) }
        }
        await expectOldPasswordsOpenNothing()
        note("the end, without it")
        let vault = try await ModelMachine(host: "new").access(to: test).without(malicious).open()
        let summary = try await test.verify(vault, level: .decrypt)
        #expect(!summary.isDamaged, "\(summary): \(comment)")
        for promise in promises { try await expectRestored(promise, with: vault) }
        for link in links { try await expectReadable(link, with: vault) }
    }
}

/// The time by which providers go in a history, in seconds since 1970.
final class HistoryClock: Sendable {
    private let ahead = Mutex<Int64>(0)

    var now: Int64 { UTCTime.now().secondsSince1970 + ahead.withLock { $0 } }

    func advance(days: Int) { ahead.withLock { $0 += Int64(days) * 86400 } }
}
