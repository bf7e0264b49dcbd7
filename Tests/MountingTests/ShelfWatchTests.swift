import Backup
import ObjectStoreTesting
import Replicator
import Synchronization
import Testing
import Vault

@testable import Mounting

@Suite struct ShelfWatchTests {
    /// A list of snapshots that a test changes, and how often it was asked for.
    private final class Listing: Sendable {
        struct Unreachable: Error {}

        let snapshots: Mutex<[SnapshotSummary]?>
        let count = Mutex(0)

        init(_ snapshots: [SnapshotSummary]) { self.snapshots = Mutex(snapshots) }

        func source(isListedAgain: Bool = true) -> SnapshotSource {
            let replicas = ReplicaSet(stores: [InMemoryStore(name: "a")], quorum: 1)
            return SnapshotSource(
                reader: VaultReader(vault: .random(), replicas: replicas, contentKey: nil),
                list: {
                    self.count.withLock { $0 += 1 }
                    guard let snapshots = self.snapshots.withLock({ $0 }) else { throw Unreachable() }
                    return snapshots
                },
                read: { _ in throw Unreachable() }, isListedAgain: isListedAgain)
        }
    }

    @Test func whatIsNewIsSeenAndAFailedLookTakesNothingAway() async throws {
        let warnings = Mutex<[Warning]>([])
        let listing = Listing([.made(1)])
        let watch = try await ShelfWatch(
            listing.source(), only: nil, timeBetweenLooks: .zero,
            warn: { warning in warnings.withLock { $0.append(warning) } })
        #expect(watch.shelf.snapshots.count == 1)
        listing.snapshots.withLock { $0!.append(.made(2)) }
        #expect(await watch.current().snapshots.count == 2)
        listing.snapshots.withLock { $0 = nil }
        #expect(await watch.current().shown(of: 0) == [0, 1])
        #expect(warnings.withLock { $0.map(\.what) } == ["snapshots"])
    }

    @Test func aLookIsNotRepeatedAtOnceNorWhereEachCostsTooMuch() async throws {
        for (isListedAgain, time) in [(true, Duration.seconds(600)), (false, .zero)] {
            let listing = Listing([.made(1)])
            let watch = try await ShelfWatch(
                listing.source(isListedAgain: isListedAgain), only: nil, timeBetweenLooks: time,
                warn: { _ in })
            for _ in 0..<3 { _ = await watch.current() }
            #expect(listing.count.withLock { $0 } == 1)
        }
    }

    @Test func theOneThatIsMeantIsNamedRightly() async throws {
        let snapshots = (0..<300).map { SnapshotSummary.made($0) }
        let source = Listing(snapshots).source()
        let meant = snapshots[7].id
        for name in [meant.description, String(meant.digest.hex.prefix(16))] {
            let shelf = try await ShelfWatch(source, only: name, warn: { _ in }).shelf
            #expect(shelf.snapshots.map(\.summary.id) == [meant])
        }
        for name in ["ffff0000ffff0000", "0", "nonsense"] {
            await #expect(throws: SelectionError.self) {
                try await ShelfWatch(source, only: name, warn: { _ in })
            }
        }
        await #expect(throws: SelectionError.self) {
            try await ShelfWatch(Listing([]).source(), only: nil, warn: { _ in })
        }
    }
}
