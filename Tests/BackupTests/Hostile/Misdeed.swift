import Crypto
import ObjectStore
import ServerTesting
import SoakTesting

@testable import Vault

/// What a hostile replica does to what it holds, between two commands.
enum Misdeed: String, CaseIterable, Sendable {
    case losesOne, losesFolder, losesEverything, changesOne, swapsTwo, goesBack, plants, plantsMany, hardens,
        becomesForeign

    /// Folders whose objects open other things, and so are planted more often.
    private static let openers = ["keyring/", "collections/", "snapshots/", "inventory/", "tombstones/"]

    func commit(on server: HostileServer, using random: inout SeededGenerator) {
        let objects = server.objects
        let names = objects.keys.sorted()
        guard !names.isEmpty else { return }
        let name = random.pick(names)
        switch self {
        case .losesOne: server.remove(name)
        case .losesFolder:
            let folder = name.split(separator: "/")[0] + "/"
            for name in names where name.hasPrefix(folder) { server.remove(name) }
        case .losesEverything: for name in names { server.remove(name) }
        case .changesOne:
            server.store(name, Mutation.apply(to: objects[name] ?? [], donor: [], using: &random))
        case .swapsTwo:
            let other = random.pick(names)
            server.store(name, objects[other] ?? [])
            server.store(other, objects[name] ?? [])
        case .goesBack:
            // As it was before half of what it holds came.
            for name in names.filter({ _ in random.chance(50) }) { server.remove(name) }
        case .plants: Self.plant(on: server, objects, using: &random)
        case .plantsMany: for _ in 0..<40 { Self.plant(on: server, objects, using: &random) }
        case .hardens:
            // Something of every folder, under the names of tomorrow.
            for folder in ObjectName.smallObjectPrefixes {
                Self.plant(on: server, objects.filter { $0.key.hasPrefix(folder) }, using: &random)
            }
        case .becomesForeign:
            // Its only keyrings are those of another vault.
            for name in names where name.hasPrefix(ObjectName.keyringPrefix) {
                let planted = PlantedKeyring(
                    objects[name] ?? [], 1, ["vault": random.bytes(16).hex, "mac": PlantedKeyring.zeros])
                server.remove(name)
                server.store(planted.key.rawValue, planted.bytes)
            }
        }
    }

    /// A changed or another object's content under a name of the right form with its true hash, at any sequence and time.
    private static func plant(
        on server: HostileServer, _ objects: [String: [UInt8]], using random: inout SeededGenerator
    ) {
        let likely = objects.keys.filter { name in openers.contains { name.hasPrefix($0) } }.sorted()
        let names = likely.isEmpty || random.chance(30) ? objects.keys.sorted() : likely
        guard !names.isEmpty, let key = ObjectKey(random.pick(names)), let own = ObjectName(key) else {
            return
        }
        var bytes = objects[key.rawValue] ?? []
        if random.chance(70) {
            bytes = Mutation.apply(to: bytes, donor: objects[random.pick(names)] ?? [], using: &random)
        }
        let digest = SHA256.hash(bytes.span.bytes)
        let sequence = random.pick([0, 1, 2, 3, 1000, UInt32.max - 1, UInt32.max])
        let time = UTCTime(random.pick(["19700101-000000", "20261128-000000", "99991231-235959"]))!
        let planted: ObjectName
        switch own {
        case .readme: planted = .readme
        case .keyring: planted = .keyring(sequence: sequence, digest)
        case .providers: planted = .providers(sequence: sequence, digest)
        case .collection(let id, _, _): planted = .collection(id, sequence: sequence, digest)
        case .pack: planted = .pack(digest)
        case .metaPack: planted = .metaPack(digest)
        case .inventory: planted = .inventory(time, digest)
        case .snapshot(let id, _, _): planted = .snapshot(id, time, digest)
        case .tombstone: planted = .tombstone(time, digest)
        case .record: planted = .record(time, digest)
        case .grant(let id, _): planted = .grant(id, digest)
        }
        server.store(planted.key.rawValue, bytes)
    }
}
