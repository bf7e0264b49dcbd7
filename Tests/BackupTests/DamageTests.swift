import Foundation
import ObjectStore
import SoakTesting
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// Single random damages, in every kind of object, in one replica or two: each is found at the level that promises
/// to find it, no restore serves it, and healing makes the replicas what they were.
@Suite struct DamageTests {
    /// A vault with two collections and several snapshots, whole on three replicas.
    private struct Vault {
        let test: TestVault
        let machine: ModelMachine
        let objects: [ObjectKey: [UInt8]]
        let tree: [String: Node]
        let shots: [String: Node]

        init() async throws {
            test = try await TestVault(clock: { UTCTime.now().secondsSince1970 })
            machine = ModelMachine(host: "studio")
            let vault = try await machine.access(to: test).open()
            for round in 0..<3 {
                for number in 0..<4 {
                    try test.write(
                        noise(20_000 + round, seed: UInt64(100 * round + number)),
                        to: "photos/\(round)-\(number).jpg")
                }
                try test.write(noise(300_000, seed: UInt64(round)), to: "photos/catalog.lrcat")
                #expect(try await test.backUp(vault).replicas.allSatisfy { !$0.isBehind })
                try test.write(noise(5000, seed: UInt64(900 + round)), to: "shoot/\(round).raw")
                #expect(try await test.archive(vault, "shoot").replicas.allSatisfy { !$0.isBehind })
            }
            tree = try test.tree("photos", keys: vault.keys)
            shots = try test.tree("shoot", keys: vault.keys)
            var objects: [ObjectKey: [UInt8]] = [:]
            for key in try await test.replicas[0].names() {
                objects[key] = try await test.replicas[0].bytes(key)
            }
            self.objects = objects
        }

        /// The replicas as they were, and a machine that knows them so.
        func fresh() async throws -> ModelMachine {
            for replica in test.replicas {
                for key in try await replica.names() where objects[key] == nil {
                    try await replica.memory.delete(key)
                }
                for (key, bytes) in objects { try await replica.plant(key, bytes) }
                replica.works()
            }
            return try machine.copied(in: test)
        }
    }

    /// An object of a replica that is not what it was.
    private struct Place: Hashable {
        let replica: Int
        let key: ObjectKey
    }

    @Test func everyDamageIsFoundHealedAndNeverServed() async throws {
        let seeds = Soak.seeds("DAMAGES", default: 40)
        let vault = try await Vault()
        var kinds: [String: Int] = [:]
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let machine = try await vault.fresh()
            guard let (places, level, what) = try await damage(vault, using: &random) else { continue }
            kinds[what.prefix { $0 != " " }.description, default: 0] += 1
            try await check(
                vault, machine, places, level, isForgetful: random.chance(15),
                "seed \(seed) (PHOTOBACKUP_SOAK_SEED=\(seed) PHOTOBACKUP_SOAK_DAMAGES=1): \(what)")
        }
        print(
            "damages: \(kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
        )
    }

    /// Damages one object on one replica or two, or rolls one replica back, and tells which level promises to find
    /// it. nil when nothing has changed.
    private func damage(
        _ vault: Vault, using random: inout SeededGenerator
    ) async throws -> (places: Set<Place>, level: VerifyLevel, what: String)? {
        let replicas = Array((0..<3).shuffled(using: &random).prefix(random.chance(30) ? 2 : 1))
        if random.chance(10) { return try await rollBack(vault, replicas[0], using: &random) }
        let key = randomKey(vault, using: &random)
        var (places, level, words): (Set<Place>, VerifyLevel, [String]) = ([], .list, [])
        for replica in replicas {
            let damage = random.pick(Damage.allCases)
            guard let change = try await vault.test.replicas[replica].damage(key, damage, using: &random)
            else { continue }
            places.insert(Place(replica: replica, key: key))
            words.append("\(damage) on \(replica)")
            if !damage.changesSize(from: change.before, to: change.after) { level = .read }
        }
        guard !places.isEmpty else { return nil }
        if level == .read, random.chance(25) { level = .decrypt }
        let kind = key.rawValue.prefix { $0 != "/" }
        return (places, level, "\(kind) \(words.joined(separator: ", ")): \(key)")
    }

    /// Each kind of object as often as any other, however many there are of it.
    private func randomKey(_ vault: Vault, using random: inout SeededGenerator) -> ObjectKey {
        let kinds = Dictionary(grouping: vault.objects.keys.filter { $0 != .readme }.sorted()) {
            $0.rawValue.prefix { $0 != "/" }
        }
        let kind = random.pick(kinds.keys.sorted())
        return random.pick(kinds[kind]!)
    }

    /// The replica is as it was before some snapshot: that one, its inventory, and what came with them and after
    /// them are gone.
    private func rollBack(
        _ vault: Vault, _ replica: Int, using random: inout SeededGenerator
    ) async throws -> (places: Set<Place>, level: VerifyLevel, what: String)? {
        let puts = vault.test.replicas[replica].allPuts
        let start = Int.random(in: 0..<puts.count, using: &random)
        var places: Set<Place> = []
        for key in puts[start...] where vault.objects[key] != nil {
            try await vault.test.replicas[replica].memory.delete(key)
            places.insert(Place(replica: replica, key: key))
        }
        return (places, .list, "roll-back of \(replica) by \(places.count) objects")
    }

    private func check(
        _ vault: Vault, _ machine: ModelMachine, _ places: Set<Place>, _ level: VerifyLevel,
        isForgetful: Bool, _ comment: String
    ) async throws {
        let test = vault.test
        let machine = isForgetful ? machine.forgotten : machine
        let comment = Comment(rawValue: "\(comment), \(level)\(isForgetful ? ", without a catalog" : "")")
        do {
            let opened = try await machine.access(to: test).open()
            // Never served.
            expectSame(try await test.restored(opened, "Photos"), vault.tree, comment)
            expectSame(try await test.restored(opened, "Shoot"), vault.shots, comment)
            // Found, and nothing else with it.
            let found = Mutex<Set<Place>>([])
            let summary = try await test.verify(
                opened, level: level,
                onDiscrepancy: { finding in
                    found.withLock { _ = $0.insert(Place(replica: finding.replica, key: finding.key)) }
                })
            #expect(found.withLock { $0 } == places, comment)
            #expect(summary.isDamaged || summary.isBehind, comment)
            // Healed.
            let healed = try await test.heal(opened, level: level)
            #expect(!healed.isDamaged && !healed.isBehind, comment)
            for replica in test.replicas {
                let names = try await replica.names()
                #expect(Set(names) == Set(vault.objects.keys), comment)
                for key in names {
                    #expect(try await replica.bytes(key) == vault.objects[key], "\(key): \(comment)")
                }
            }
        } catch {
            Issue.record("\(error): \(comment)")
        }
    }
}
