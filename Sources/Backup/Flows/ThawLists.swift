internal import ObjectStore
internal import Replicator
internal import Vault

extension VaultAccess {
    /// How many objects are asked about at the same time.
    private static let requestsAtOnce = 8

    /// Where a rule of a bucket has moved even keyrings and lists to cold storage, and no other provider can be read
    /// instead: asks for them, which the provider bills, and returns when all can be read. Elsewhere it does nothing.
    ///
    /// - Parameters:
    ///   - interval: how long to wait before the provider is asked again how far it is.
    ///   - onWaiting: told when they have been asked for, and then as they come back.
    /// - Throws: `ObjectStoreError` where they cannot be asked for; `CancellationError`.
    public func thawLists(
        interval: Duration = .seconds(60), onWaiting: (ThawProgress) -> Void
    ) async throws {
        var cold: (store: any BucketStore, keys: [ObjectKey])?
        for provider in providers {
            guard let keys = try await unreadableLists(of: provider.store) else { continue }
            // One from which everything can be opened is enough.
            guard !keys.isEmpty, let bucket = provider.store as? any BucketStore else { return }
            if cold == nil { cold = (bucket, keys) }
        }
        guard let (store, keys) = cold else { return }
        for key in keys where try await store.availability(key) == .cold {
            try await store.requestRestore(key, days: OpenVault.readableDays)
        }
        var waiting = keys
        while true {
            waiting = try await Self.unreadable(waiting, in: store)
            onWaiting(ThawProgress(packCount: keys.count, readableCount: keys.count - waiting.count))
            guard !waiting.isEmpty else { return }
            try await Task.sleep(for: interval)
        }
    }

    /// What is neither a pack of photos nor passing, and cannot be read now; nil of a provider without a vault or an
    /// answer.
    private func unreadableLists(of store: any ObjectStore) async throws -> [ObjectKey]? {
        do throws(ObjectStoreError) {
            var keys = try await store.listAll(prefix: ObjectName.keyringPrefix).map(\.key)
            guard !keys.isEmpty else { return nil }
            guard let bucket = store as? any BucketStore else { return [] }
            for prefix in ObjectName.synchronisedPrefixes + [ObjectName.metaPrefix] {
                keys += try await store.listAll(prefix: prefix).map(\.key)
            }
            return try await Self.unreadable(Array(Set(keys)).sorted(), in: bucket)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            return nil
        }
    }

    private static func unreadable(
        _ keys: [ObjectKey], in store: any BucketStore
    ) async throws(ObjectStoreError) -> [ObjectKey] {
        var unreadable: [ObjectKey] = []
        var start = 0
        while start < keys.count {
            let batch = keys[start..<min(start + requestsAtOnce, keys.count)]
            start = batch.endIndex
            let results = await withTaskGroup(of: Result<ObjectKey?, ObjectStoreError>.self) { group in
                for key in batch { group.addTask { await waited(for: key, in: store) } }
                var results: [Result<ObjectKey?, ObjectStoreError>] = []
                for await result in group { results.append(result) }
                return results
            }
            for result in results {
                if let key = try result.get() { unreadable.append(key) }
            }
        }
        return unreadable.sorted()
    }

    /// The object, unless it can be read, or was deleted meanwhile: nobody waits for that.
    private static func waited(
        for key: ObjectKey, in store: any BucketStore
    ) async -> Result<ObjectKey?, ObjectStoreError> {
        do throws(ObjectStoreError) {
            return .success(try await store.availability(key) == .readable ? nil : key)
        } catch {
            return error.code == .notFound ? .success(nil) : .failure(error)
        }
    }
}
