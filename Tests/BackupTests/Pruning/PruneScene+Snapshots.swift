import Crypto
import ObjectStore
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

extension PruneScene {
    /// A snapshot of one photo, and one of another; returns the first and the packs that only it needs.
    func twoSnapshots(_ vault: OpenVault) async throws -> (first: SnapshotID, dying: Set<ObjectKey>) {
        try test.write(randomBytes(50_000), to: "photos/a.jpg")
        let first = try #require(try await test.backUp(vault).snapshot)
        let before = try await names("packs/").union(names("meta/"))
        try test.remove("photos/a.jpg")
        try test.write(randomBytes(60_000), to: "photos/b.jpg")
        _ = try await test.backUp(vault)
        let needed = try await packs(vault, neededBy: test.newest(vault))
        return (first, before.subtracting(needed))
    }

    /// Demands that a restore gives what the source holds, and that everything on every replica opens.
    ///
    /// - Parameter snapshot: the newest, where two machines may have made one within a second, which has none.
    func expectWhole(
        _ vault: OpenVault, _ snapshot: SnapshotID? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let selection = snapshot.map { "Photos@\($0.short)" } ?? "Photos"
        expectSame(
            try await test.restored(vault, selection), try test.tree(keys: vault.keys),
            sourceLocation: sourceLocation)
        for machine in [vault, try await test.open(on: "witness")] {
            let verified = try await test.verify(machine, level: .decrypt)
            #expect(
                verified.replicas.allSatisfy { $0.counts.isEmpty }, "\(verified.replicas)",
                sourceLocation: sourceLocation)
        }
    }
}
