internal import Crypto
internal import ObjectStore
internal import Replicator
internal import Synchronization
internal import Vault

/// How far a thaw is.
public struct ThawProgress: Sendable, Hashable {
    public let packCount: Int
    public let readableCount: Int
}

extension OpenVault {
    /// For how many days packs stay readable that were asked for.
    static let readableDays = 7

    /// As `restore`; what every replica that has it keeps in cold storage is asked for, which the provider bills,
    /// and waited for, which takes hours. Everything else is restored before.
    ///
    /// - Parameters:
    ///   - interval: how long to wait before the provider is asked again how far it is.
    ///   - onWaiting: told when packs have been asked for, and then as they come back.
    /// - Throws: as `restore`; `ReplicaSetError` when the packs cannot be asked for.
    public func restoreFromColdStorage(
        _ request: RestoreRequest, interval: Duration = .seconds(60), progress: RunProgress,
        notify: @escaping @Sendable (RestoreReport.Notice) -> Void, warn: @escaping WarningHandler,
        onWaiting: @escaping @Sendable (ThawProgress) -> Void
    ) async throws -> RestoreReport.Counts {
        var warmRequest = request
        warmRequest.postponesCold = true
        let notices = HeldNotices()
        let warm = try await restore(
            warmRequest, progress: progress, notify: { notices.append($0) }, warn: warn)
        guard !warm.coldPacks.isEmpty else {
            for notice in notices.all { notify(notice) }
            return warm
        }
        try await thaw(warm.coldPacks.sorted(), interval: interval, onWaiting: onWaiting)
        // What is back already counts as skipped the second time.
        var counts = try await restore(request, progress: progress, notify: notify, warn: warn)
        counts.filesSkipped -= min(warm.filesRestored, counts.filesSkipped)
        counts.filesRestored += warm.filesRestored
        counts.bytesWritten += warm.bytesWritten
        return counts
    }

    /// Asks for packs, all at once, and returns when each of them can be read.
    private func thaw(
        _ packs: [SHA256Digest], interval: Duration, onWaiting: (ThawProgress) -> Void
    ) async throws {
        var waiting: [(key: ObjectKey, store: any BucketStore)] = []
        for pack in packs {
            let key = ObjectName.pack(pack).key
            if let store = try await ask(for: key) { waiting.append((key, store)) }
        }
        while true {
            var left: [(key: ObjectKey, store: any BucketStore)] = []
            for (key, store) in waiting where try await store.availability(key) != .readable {
                left.append((key, store))
            }
            waiting = left
            onWaiting(ThawProgress(packCount: packs.count, readableCount: packs.count - waiting.count))
            guard !waiting.isEmpty else { return }
            try await Task.sleep(for: interval)
        }
    }

    /// Asks the first replica that has the pack for it; nil when it can be read already.
    private func ask(for key: ObjectKey) async throws -> (any BucketStore)? {
        var first: ObjectStoreError?
        for store in replicas.stores.compactMap({ $0 as? any BucketStore }) {
            do throws(ObjectStoreError) {
                switch try await store.availability(key) {
                case .readable: return nil
                case .returning: return store
                case .cold:
                    try await store.requestRestore(key, days: Self.readableDays)
                    return store
                }
            } catch {
                if first == nil || first?.code == .notFound { first = error }
            }
        }
        throw first
            ?? ObjectStoreError(
                .inColdStorage, store: "vault", object: key.rawValue,
                reason: "no provider can be asked for it")
    }
}

/// Notices of a pass whose outcome is not final.
private final class HeldNotices: Sendable {
    private let notices = Mutex<[RestoreReport.Notice]>([])

    func append(_ notice: RestoreReport.Notice) { notices.withLock { $0.append(notice) } }
    var all: [RestoreReport.Notice] { notices.withLock { $0 } }
}
