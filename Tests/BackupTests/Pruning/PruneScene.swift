import ObjectStore
import Synchronization
import Testing

@testable import Backup
@testable import Replicator
@testable import Vault

/// A vault whose providers' clock is set by the test, so that days of waiting pass at once.
final class PruneScene: Sendable {
    let test: TestVault
    let clock: ProviderClock

    init() async throws {
        let clock = ProviderClock()
        self.clock = clock
        test = try await TestVault(clock: { clock.now })
    }

    /// What every replica has of `prefix`; all must have the same.
    func names(_ prefix: String) async throws -> Set<ObjectKey> {
        let first = Set(try await test.replicas[0].names(prefix))
        for replica in test.replicas.dropFirst() {
            #expect(Set(try await replica.names(prefix)) == first, "\(replica.name) differs")
        }
        return first
    }

    /// Backs up, forgets everything but the newest snapshot, and prunes until nothing is left to do.
    func forgetAllButLast(_ vault: OpenVault) async throws {
        var policy = RetentionPolicy()
        policy.last = 1
        _ = try await vault.forget(ForgetRequest(.policy(policy, collections: [])), warn: test.warn)
    }

    /// Prunes three times, with enough days between.
    func pruneToTheEnd(_ vault: OpenVault) async throws {
        for _ in 0..<3 {
            _ = try await test.prune(vault)
            clock.advance(days: 8)
        }
    }

    /// The packs that a snapshot needs, found without the flow that is tested.
    func packs(_ vault: OpenVault, neededBy snapshot: Snapshot) async throws -> Set<ObjectKey> {
        var needed: Set<ObjectKey> = []
        for page in snapshot.pages {
            needed.insert(ObjectName.metaPack(page.reference.pack).key)
            for entry in try await vault.readPage(page) {
                for list in entry.contentLists { needed.insert(ObjectName.metaPack(list.pack).key) }
                for reference in try await vault.references(of: entry) {
                    needed.insert(ObjectName.pack(reference.pack).key)
                }
            }
        }
        return needed
    }
}

/// The clock of all providers: this machine's, and as much more as a test has advanced it.
final class ProviderClock: Sendable {
    private let offset = Mutex<Int64>(0)

    var now: Int64 { UTCTime.now().secondsSince1970 + offset.withLock { $0 } }

    func advance(days: Int64) { offset.withLock { $0 += days * 86400 } }
}

extension TestVault {
    func prune(
        _ vault: OpenVault, percent: Double = 100, isDryRun: Bool = false, compacting inventories: Int = 64
    ) async throws -> PruneSummary {
        var request = PruneRequest(maximumPercent: percent, isDryRun: isDryRun)
        request.compactedInventories = inventories
        return try await vault.prune(
            request, progress: RunProgress(replicaCount: replicas.count), warn: warn)
    }

    func forget(_ vault: OpenVault, _ snapshots: SnapshotID...) async throws {
        _ = try await vault.forget(
            ForgetRequest(.snapshots(snapshots.map(\.description))), warn: warn)
    }
}
