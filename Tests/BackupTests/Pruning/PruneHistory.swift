import Foundation
import ObjectStore
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A random history of a vault whose snapshots are forgotten and pruned while two machines back up into it, share it
/// by links, and grant it.
///
/// In the middle of any command, at any of its calls to a store, other machines may forget, prune and back up, weeks
/// may pass, and the command may be killed. Providers' clocks jump, and one provider at a time may be away: or one is
/// malicious. Nobody damages anything on the others: whatever is missing there, the program itself has deleted.
final class PruneHistory: @unchecked Sendable {
    // Unchecked: what happens in the middle of a command touches it while the command's own task waits.

    /// A snapshot that is to be restored as it was.
    struct Promise: Sendable {
        let collection: String
        let snapshot: SnapshotID
        let tree: [String: Node]
    }

    /// A link that was given out: what it needs stays until it ends or is taken back.
    struct LinkPromise: Sendable {
        let link: RecordedLink
        let files: [SelectedFile]
        var packs: Set<ObjectKey> { Set(link.share.packDigests.map { ObjectName.pack($0).key }) }
    }

    /// What lies there goes only by a tombstone of its own.
    static let keptFolders = [
        ObjectName.keyringPrefix, ObjectName.collectionsPrefix, ObjectName.recordsPrefix,
        ObjectName.grantsPrefix,
    ]
    static let machineNames = ["studio", "laptop", "keeper"]

    let seed: UInt64
    let scene: PruneScene
    /// In the place of one that may be away.
    let malicious: MaliciousReplica?
    var random: SeededGenerator
    var promises: [Promise] = []
    var forgotten: [Promise] = []
    var links: [LinkPromise] = []
    private var machines = machineNames.map { ModelMachine(host: $0) }
    private var busy: Set<Int> = []
    private var sources: ModelSources
    private(set) var down: Int?
    /// Whether a forget has run in this step.
    var isForgetting = false
    private var log: [String] = []
    /// By snapshot, what it needs.
    var needs: [ObjectKey: Set<ObjectKey>] = [:]

    var test: TestVault { scene.test }

    init(seed: UInt64, isOneMalicious: Bool = false) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        let scene = try await PruneScene()
        self.scene = scene
        malicious =
            isOneMalicious
            ? try await MaliciousReplica(
                in: scene.test, place: Int.random(in: 0..<3, using: &random), clock: { scene.clock.now })
            : nil
        sources = ModelSources(scene.test)
        try sources.addShots(using: &random)
        try sources.changePhotos(using: &random)
    }

    var comment: Comment {
        """
        seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_\(malicious == nil ? "" : "MALICIOUS_")PRUNE=1), \
        malicious: \(malicious.map { "\($0.place)" } ?? "none"):
        \(log.joined(separator: "\n"))
        """
    }

    func note(_ text: String) { log.append(text) }

    func run(stepCount: Int) async throws {
        for _ in 0..<stepCount {
            let before = try await holdings()
            let present = try await snapshotsToKeep()
            for key in present { try await learnNeeds(of: key) }
            let given = links
            for deed in malicious?.misbehave(using: &random) ?? [] { note(deed) }
            let isAlone = try await step()
            try await judge(before, present, given, isAlone: isAlone)
        }
        down = nil
        works()
        try await PruneHistoryEnd(history: self).check()
    }

    // MARK: - Steps

    /// Returns whether nobody else did anything meanwhile.
    private func step() async throws -> Bool {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8 where malicious == nil:
            down = down == nil ? Int.random(in: 0..<3, using: &random) : nil
            note("down: \(down.map(String.init) ?? "none")")
            return true
        case 8..<14:
            let place = Int.random(in: 0..<3, using: &random)
            machines[place] = machines[place].forgotten
            note("\(machines[place].host) loses its catalog")
            return true
        case 14..<30:
            advance()
            return true
        default:
            let moment = random.chance(60) ? Int.random(in: 0..<70, using: &random) : nil
            return try await command(random.pick(Command.allCases), moment: moment, kills: random.chance(40))
        }
    }

    private func advance() {
        // Mostly time passes as it does; sometimes a clock jumps, back too.
        let days = random.chance(90) ? Int64.random(in: 1...12, using: &random) : -20
        scene.clock.advance(days: days)
        note("\(days) days pass")
    }

    /// Runs a command on a machine that has nothing else to do.
    ///
    /// - Parameter moment: at which of its calls something else happens; nil: nothing does.
    private func command(_ command: Command, moment: Int?, kills: Bool) async throws -> Bool {
        let free = machines.indices.filter { !busy.contains($0) }
        guard !free.isEmpty else { return true }
        let place = random.pick(free)
        busy.insert(place)
        defer { busy.remove(place) }
        try prepareSources(command)
        let body = action(command)
        let machine = machines[place]
        let away = down.map { "\($0)" } ?? "none"
        note("\(command) on \(machine.host), down: \(away)")
        if let moment { note("  something at call \(moment)\(kills ? ", then killed" : "")") }
        let (kill, killed) = AsyncStream.makeStream(of: Result<ModelMachine, any Error>?.self)
        let test = test
        let copy: @Sendable () -> Void = { killed.yield(Result { try machine.copied(in: test) }) }
        var trigger: MomentSwitch?
        if let moment {
            trigger = MomentSwitch(
                after: moment, event: { [self] in await meanwhile() }, onKill: kills ? copy : nil)
        }
        works(meeting: trigger)
        defer { works() }
        let access = machine.access(to: test)
        malicious?.beginPhase()
        let run = Task<Promised, any Error> { try await body(try await access.open()) }
        Task {
            _ = await run.result
            killed.yield(nil)
        }
        for await left in kill {
            guard let left else { break }
            run.cancel()
            _ = await run.result
            machines[place] = try left.get()
            note("  \(machine.host) was killed")
            return false
        }
        do {
            let promise = try await run.value
            try promise()
        } catch {
            note("  \(command) failed: \(error)")
            let isExcused = down != nil || trigger?.hasCome ?? false || Self.isExcused(error)
            #expect(isExcused, "it failed for no reason: \(comment)")
        }
        return !(trigger?.hasCome ?? false)
    }

    /// What others do in the middle of a command.
    private func meanwhile() async {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            if random.chance(50) { advance() }
            do {
                let command = random.pick([
                    Command.forget, .forgetByPolicy, .prune, .prune, .backUp, .archive, .link, .grant,
                ])
                note("  meanwhile:")
                _ = try await nested(command)
            } catch {
                Issue.record("\(error): \(comment)")
            }
        }
    }

    private func nested(_ command: Command) async throws {
        let free = machines.indices.filter { !busy.contains($0) }
        guard !free.isEmpty else { return }
        let place = random.pick(free)
        busy.insert(place)
        defer { busy.remove(place) }
        try prepareSources(command)
        note("  \(command) on \(machines[place].host)")
        do {
            malicious?.beginPhase()
            let vault = try await machines[place].access(to: test).open()
            let promise = try await action(command)(vault)
            try promise()
        } catch {
            note("  \(command) failed: \(error)")
        }
    }

    private func prepareSources(_ command: Command) throws {
        guard random.chance(70) else { return }
        switch command {
        case .backUp, .backUpAgain: try sources.changePhotos(using: &random)
        case .archive: try sources.addShots(using: &random)
        default: break
        }
    }

    func works(meeting trigger: MomentSwitch? = nil) {
        for (place, replica) in test.replicas.enumerated() {
            replica.works()
            if place == down {
                replica.fault { _ in .connectionFailed }
            } else if let trigger {
                replica.fault { _ in await trigger.meet() }
            }
        }
    }
}
