import Foundation
import ObjectStore
import ObjectStoreTesting
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A random sequence of what happens to a vault, and the promises that must hold at its end.
///
/// Nothing is done to the replicas that no vault could survive: of what a promised snapshot needs, one honest replica
/// always has each object whole. Everything else may happen at any time; and one replica may be malicious.
final class ModelSequence {
    /// A snapshot that a run with exit code 0 or 4 called stored.
    struct Promise: Sendable {
        let collection: String
        let snapshot: SnapshotID
        let tree: [String: Node]
        /// All objects without which it cannot be restored.
        let needed: Set<ObjectKey>
    }

    enum Outcome<Value> {
        case done(Value)
        case failed(any Error)
        case killed
    }

    let seed: UInt64
    let test: TestVault
    let malicious: MaliciousReplica?
    var random: SeededGenerator
    private(set) var promises: [Promise] = []
    var machines = [ModelMachine(host: "studio"), ModelMachine(host: "laptop")]
    private var sources: ModelSources
    var down: Set<Int> = []
    /// Earlier states of a replica, to which it may be rolled back.
    var copies: [(replica: Int, objects: [ObjectKey: [UInt8]])] = []
    /// Every object that was ever whole somewhere.
    private var seen: Set<ObjectKey> = []
    /// Whether anything has been done to a replica's objects, ever and since all were last whole.
    var (wasTampered, isTampered) = (false, false)
    private var log: [String] = []

    /// `checksum` is as good as what the provider says, and a model's store says nothing.
    private static let levels = [VerifyLevel.list, .read, .decrypt]

    init(seed: UInt64, isOneMalicious: Bool = false) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let clock: @Sendable () -> Int64 = { UTCTime.now().secondsSince1970 }
        let test = try await TestVault(clock: clock)
        self.test = test
        malicious =
            isOneMalicious
            ? try await MaliciousReplica(
                in: test, place: Int.random(in: 0..<3, using: &random), clock: clock)
            : nil
        sources = ModelSources(test)
        try sources.addShots(using: &random)
        try sources.changePhotos(using: &random)
    }

    /// What a failed expectation says.
    var comment: Comment {
        """
        seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_\(malicious == nil ? "" : "MALICIOUS_")MODEL=1), \
        malicious: \(malicious.map { "\($0.place)" } ?? "none"):
        \(log.joined(separator: "\n"))
        """
    }

    func run(stepCount: Int) async throws {
        for _ in 0..<stepCount {
            for deed in malicious?.misbehave(using: &random) ?? [] { note(deed) }
            try await step()
            seen.formUnion(try await holdings().intactSomewhere)
        }
        down = []
        try await ModelEnd(self, seen: seen).check()
    }

    private func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: try await backUp()
        case 40..<55: try await heal()
        case 55..<65: try await verify()
        case 65..<79: try await damage()
        case 79..<83: try await lose()
        case 83..<87: try await rollBack()
        case 87..<92: toggle()
        case 92..<96: forget()
        default: try await restore()
        }
    }

    func note(_ text: String) { log.append(text) }

    /// Those that do not lie.
    var honest: [Int] { test.replicas.indices.filter { $0 != malicious?.place } }

    func holdings() async throws -> Holdings {
        try await Holdings(of: test.replicas, without: malicious?.place)
    }

    // MARK: Commands

    private func backUp() async throws {
        let isArchive = random.chance(25)
        if random.chance(85) {
            if isArchive {
                try sources.addShots(using: &random)
            } else {
                try sources.changePhotos(using: &random)
            }
        }
        let trouble = Trouble.random(killPercent: 40, using: &random)
        let collection = isArchive ? "Shoot" : "Photos"
        let outcome = try await command("backup of \(collection)", trouble) { [test] vault in
            let summary =
                if isArchive {
                    try await test.archive(vault, ModelSources.shoot)
                } else {
                    try await test.backUp(vault, ModelSources.photos)
                }
            let source = isArchive ? ModelSources.shoot : ModelSources.photos
            return (summary, try test.tree(source, keys: vault.keys))
        }
        guard case .done((let summary, let tree)) = outcome else { return }
        let whole = summary.replicas.indices.filter { summary.replicas[$0].isWhole }
        #expect(whole.count >= 2, "short of the quorum, and not told: \(comment)")
        #expect(Set(whole).isDisjoint(with: down), "a replica that is down is called whole: \(comment)")
        let snapshot = try #require(summary.snapshot)
        let needed = try await objects(neededBy: snapshot, of: collection)
        promises.append(
            Promise(collection: collection, snapshot: snapshot, tree: tree, needed: needed))
        note("  promised \(snapshot.short), whole on \(whole)")
    }

    /// The snapshot, all packs that it refers to, and what opens the vault and the collection.
    private func objects(
        neededBy id: SnapshotID, of collection: String
    ) async throws -> Set<ObjectKey> {
        for replica in test.replicas { replica.works() }
        defer { putDown() }
        let vault = try await ModelMachine(host: "witness").access(to: test).without(malicious).open()
        let snapshot = try await vault.find(
            SnapshotSelection(collection: collection, snapshot: id.description), warn: { _ in }
        ).snapshot
        var needed: Set = [ObjectName.snapshot(snapshot.collection, id.time, id.digest).key]
        for page in snapshot.pages {
            needed.insert(ObjectName.metaPack(page.reference.pack).key)
            for entry in try await vault.readPage(page) {
                for list in entry.contentLists { needed.insert(ObjectName.metaPack(list.pack).key) }
                for reference in try await vault.references(of: entry) {
                    needed.insert(ObjectName.pack(reference.pack).key)
                }
            }
        }
        let openers = [
            ObjectName.keyringPrefix, "\(ObjectName.collectionsPrefix)\(snapshot.collection.hex)/",
        ]
        for key in try await holdings().intactSomewhere where openers.contains(where: key.rawValue.hasPrefix)
        {
            needed.insert(key)
        }
        return needed
    }

    private func heal() async throws {
        let level = random.pick(Self.levels)
        let trouble = Trouble.random(killPercent: 25, using: &random)
        let outcome = try await command("heal \(level)", trouble) { [test] vault in
            try await test.heal(vault, level: level)
        }
        guard case .done(let summary) = outcome else { return }
        try await judge(summary, level)
        if isAllWell(summary), level != .list { isTampered = false }
    }

    private func verify() async throws {
        let level = random.pick(Self.levels)
        let trouble = Trouble.random(killPercent: 15, using: &random)
        let outcome = try await command("verify \(level)", trouble) { [test] vault in
            try await test.verify(vault, level: level)
        }
        guard case .done(let summary) = outcome else { return }
        try await judge(summary, level)
    }

    /// Whether nothing is said against an honest replica; without a malicious one exit code 0.
    private func isAllWell(_ summary: VerifySummary) -> Bool {
        guard malicious != nil else { return !summary.isDamaged && !summary.isBehind }
        return honest.map { summary.replicas[$0] }.allSatisfy {
            $0.failure == nil && $0.unansweredCount == 0 && $0.counts.allSatisfy { $0.value == 0 }
        }
    }

    private func isDamaged(_ summary: VerifySummary) -> Bool {
        honest.contains { summary.replicas[$0].counts.contains { $0.key.isDamage && $0.value > 0 } }
    }

    /// Exit code 0 is never given while anything is behind, damaged or unknown.
    private func judge(_ summary: VerifySummary, _ level: VerifyLevel) async throws {
        note("  damaged: \(summary.isDamaged), behind: \(summary.isBehind)")
        if !wasTampered { #expect(!isDamaged(summary), "damage that nobody did: \(comment)") }
        guard isAllWell(summary) else { return }
        #expect(down.isEmpty, "exit code 0, and \(down) was not there: \(comment)")
        let holdings = try await holdings()
        for promise in promises {
            for replica in honest {
                let whole = holdings.intact[replica]
                let there = level == .list ? whole.union(holdings.damaged[replica]) : whole
                let lacking = promise.needed.subtracting(there)
                #expect(lacking == [], "exit code 0 at \(level), and \(replica) lacks them: \(comment)")
            }
        }
    }

    private func restore() async throws {
        guard !promises.isEmpty else { return }
        let promise = random.pick(promises)
        let holdings = try await holdings()
        let isPossible = promise.needed.allSatisfy { key in
            honest.contains { !down.contains($0) && holdings.intact[$0].contains(key) }
        }
        guard isPossible else { return }
        note("restore \(promise.snapshot.short) of \(promise.collection), down: \(down.sorted())")
        try await expectRestored(promise, by: random.pick(machines))
    }

    func expectRestored(_ promise: Promise, by machine: ModelMachine, onlyReplica: Int? = nil) async throws {
        let place = onlyReplica.map { " from \($0) alone" } ?? ""
        do {
            let vault = try await machine.access(to: test, onlyReplica: onlyReplica).open()
            let destination = test.scratch("restored-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(atPath: destination) }
            let failures = Mutex<[String]>([])
            let counts = try await vault.restore(
                RestoreRequest(
                    snapshot: SnapshotSelection(
                        collection: promise.collection, snapshot: promise.snapshot.description),
                    destination: destination),
                progress: RunProgress(replicaCount: vault.replicas.stores.count),
                notify: { notice in failures.withLock { $0.append("\(notice)") } }, warn: { _ in })
            #expect(
                counts.filesFailed == 0,
                "restore of \(promise.snapshot.short)\(place): \(failures.withLock { $0 }): \(comment)")
            expectSame(
                try Node.tree(destination, keys: vault.keys), promise.tree,
                "restore of \(promise.snapshot.short)\(place): \(comment)")
        } catch {
            Issue.record("restore of \(promise.snapshot.short)\(place): \(error): \(comment)")
        }
    }

    // MARK: Running

    func putDown() {
        for replica in test.replicas { replica.works() }
        for replica in down { test.replicas[replica].fault { _ in .connectionFailed } }
    }

    /// Runs a command on one of the machines, as a process of its own.
    private func command<Value: Sendable>(
        _ name: String, _ trouble: Trouble, _ body: @escaping @Sendable (OpenVault) async throws -> Value
    ) async throws -> Outcome<Value> {
        let place = Int.random(in: 0..<machines.count, using: &random)
        note("\(name) on \(machines[place].host), \(trouble), down: \(down.sorted())")
        putDown()
        // One that is down stays so.
        if trouble.replica.map(down.contains) != true { trouble.arm(test.replicas) }
        defer { putDown() }
        let outcome: Outcome<Value>
        if case .kill(let callCount, let losesAnswer) = trouble {
            outcome = try await killed(place, callCount, losesAnswer, body)
        } else {
            malicious?.beginPhase()
            let access = machines[place].access(to: test)
            do { outcome = .done(try await body(try await access.open())) } catch { outcome = .failed(error) }
        }
        switch outcome {
        case .done: break
        case .killed: note("  killed")
        case .failed(let error):
            note("  failed: \(error)")
            let isExcused = !trouble.isNone || !down.isEmpty || isTampered
            #expect(isExcused, "it failed for no reason: \(comment)")
        }
        return outcome
    }

    private func killed<Value: Sendable>(
        _ place: Int, _ callCount: Int, _ losesAnswer: Bool,
        _ body: @escaping @Sendable (OpenVault) async throws -> Value
    ) async throws -> Outcome<Value> {
        let (machine, test) = (machines[place], test)
        let (events, event) = AsyncStream.makeStream(of: Result<ModelMachine, any Error>?.self)
        let kill = KillSwitch(after: callCount, losesAnswer: losesAnswer) {
            event.yield(Result { try machine.copied(in: test) })
        }
        kill.arm(test.replicas.indices.filter { !down.contains($0) }.map { test.replicas[$0] })
        malicious?.beginPhase()
        let access = machine.access(to: test)
        let run = Task { try await body(try await access.open()) }
        Task {
            _ = await run.result
            event.yield(nil)
        }
        for await left in events {
            guard let left else { break }
            run.cancel()
            _ = await run.result
            machines[place] = try left.get()
            return .killed
        }
        do { return .done(try await run.value) } catch { return .failed(error) }
    }
}
