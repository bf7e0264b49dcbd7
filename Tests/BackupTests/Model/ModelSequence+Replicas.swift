import ObjectStore
import SoakTesting

@testable import Vault

// What happens to replicas and machines between the commands of a sequence.

extension ModelSequence {
    /// Whether nothing that was promised is lost when the replica no longer has `keys` as they were.
    private func isSurvivable(_ keys: some Sequence<ObjectKey>, _ replica: Int) async throws -> Bool {
        let holdings = try await holdings()
        let needed = promises.reduce(into: Set<ObjectKey>()) { $0.formUnion($1.needed) }
        return keys.allSatisfy { key in
            // Keyrings are promised from the start.
            let isNeeded = needed.contains(key) || key.rawValue.hasPrefix(ObjectName.keyringPrefix)
            return !isNeeded || holdings.isIntact(key, besides: replica)
        }
    }

    func damage() async throws {
        let replica = random.pick(honest)
        let names = try await test.replicas[replica].names().filter { $0 != .readme }
        guard !names.isEmpty else { return }
        let (key, damage) = (random.pick(names), random.pick(Damage.allCases))
        guard try await holdings().isIntact(key, besides: replica),
            try await test.replicas[replica].damage(key, damage, using: &random) != nil
        else { return }
        tampered("\(damage) \(key) on \(replica)")
    }

    func lose() async throws {
        let replica = random.pick(honest)
        let names = try await test.replicas[replica].names()
        guard try await isSurvivable(names, replica) else { return }
        try await test.replicas[replica].lose()
        tampered("\(replica) loses everything")
    }

    func rollBack() async throws {
        let replica = random.pick(honest)
        let names = try await test.replicas[replica].names()
        if let copy = copies.last(where: { $0.replica == replica }), random.chance(60) {
            guard try await isSurvivable(names.filter { copy.objects[$0] == nil }, replica) else { return }
            try await test.replicas[replica].lose()
            for (key, bytes) in copy.objects { try await test.replicas[replica].plant(key, bytes) }
            tampered("\(replica) is what it was at the copy")
        } else {
            var objects: [ObjectKey: [UInt8]] = [:]
            for key in try await holdings().intact[replica] {
                objects[key] = try await test.replicas[replica].bytes(key)
            }
            copies.append((replica, objects))
            note("a copy of \(replica)")
        }
    }

    private func tampered(_ text: String) {
        (wasTampered, isTampered) = (true, true)
        note(text)
    }

    func toggle() {
        let replica = random.pick(honest)
        if down.remove(replica) == nil { down.insert(replica) }
        note("down: \(down.sorted())")
        putDown()
    }

    func forget() {
        let place = Int.random(in: 0..<machines.count, using: &random)
        machines[place] = machines[place].forgotten
        note("\(machines[place].host) loses its catalog")
    }
}
