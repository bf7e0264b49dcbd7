import Crypto
import ObjectStore

@testable import Replicator

/// What the replicas really hold, found out behind the program's back.
struct Holdings: Sendable {
    /// By replica: the objects whose bytes hash to their names.
    let intact: [Set<ObjectKey>]
    /// By replica: the others. README.txt, whose name has no hash, is in neither.
    let damaged: [Set<ObjectKey>]

    /// - Parameter malicious: whose place it is, whatever it says that it holds.
    init(of replicas: [TestReplica], without malicious: Int?) async throws {
        var intact: [Set<ObjectKey>] = []
        var damaged: [Set<ObjectKey>] = []
        for (place, replica) in replicas.enumerated() {
            var (whole, broken): (Set<ObjectKey>, Set<ObjectKey>) = ([], [])
            for key in place == malicious ? [] : try await replica.names() {
                guard let digest = key.contentDigest else { continue }
                let bytes = try await replica.bytes(key)
                if SHA256.hash(bytes) == digest { whole.insert(key) } else { broken.insert(key) }
            }
            intact.append(whole)
            damaged.append(broken)
        }
        (self.intact, self.damaged) = (intact, damaged)
    }

    /// Whether another replica than `replica` has the object whole.
    func isIntact(_ key: ObjectKey, besides replica: Int) -> Bool {
        intact.indices.contains { $0 != replica && intact[$0].contains(key) }
    }

    /// What some replica has whole.
    var intactSomewhere: Set<ObjectKey> { intact.reduce(into: []) { $0.formUnion($1) } }
}
