import ObjectStore
import Testing

@testable import Vault

extension TestVault {
    /// All replicas hold the same objects with the same bytes.
    func expectAlike(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let names = try await replicas[0].names()
        for replica in replicas.dropFirst() {
            #expect(try await replica.names() == names, sourceLocation: sourceLocation)
            for name in names {
                #expect(
                    try await replica.bytes(name) == replicas[0].bytes(name), sourceLocation: sourceLocation)
            }
        }
    }
}

extension TestReplica {
    /// Every snapshot that was put came after an inventory of its packs, and after the packs.
    func expectCommitOrder(_ sourceLocation: SourceLocation = #_sourceLocation) {
        var there: Set<ObjectKey> = []
        for key in allPuts {
            there.insert(key)
            guard key.rawValue.hasPrefix("snapshots/") else { continue }
            for prefix in ["packs/", "meta/", "inventory/"] {
                #expect(
                    there.contains { $0.rawValue.hasPrefix(prefix) }, "\(key) without \(prefix)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}

extension ObjectKey {
    /// Where the name comes in the order in which a replica is filled.
    var commitRank: Int {
        let order = [
            "README", "keyring/", "collections/", "tombstones/", "meta/", "packs/", "inventory/",
            "snapshots/",
        ]
        let place = order.firstIndex { rawValue.hasPrefix($0) } ?? -1
        return [0, 1, 1, 1, 2, 3, 4, 5][place]
    }
}
