public import ObjectStore
public import Replicator
internal import Vault

/// What is known of one stray, and what became of it.
public struct StrayOutcome: Sendable {
    public enum Kind: Sendable, Hashable {
        /// Deleted, or, where nothing is to be changed, one that would be.
        case removed
        /// Left alone, for this reason.
        case kept(String)
        /// It is nobody's, and the provider did not delete it, for this reason.
        case failed(String)
    }

    public let replica: Int
    public let key: ObjectKey
    public let kind: Kind
}

extension OpenVault {
    /// Deletes from replicas what only looks like a part of the vault.
    ///
    /// Of each its bytes must prove it: nothing signed names it, and the bytes of its name are not signed or sealed by the
    /// vault, or no replica has them while all answer. What lies outside of the vault's folders is somebody else's, and
    /// packs that nothing needs are for `prune`: both are left alone.
    ///
    /// - Parameter strays: what a verification has found; other discrepancies are passed over.
    /// - Throws: `AnotherRunError`, `CatalogError`, `CancellationError`.
    public func removeStrays(
        _ strays: [Discrepancy], isDryRun: Bool = false, telling onOutcome: (StrayOutcome) -> Void
    ) async throws {
        let lock = isDryRun ? nil : try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        for stray in strays where stray.kind == .stray {
            try Task.checkCancellation()
            var kind = StrayOutcome.Kind.removed
            if let reason = try await reasonToKeep(stray.key) {
                kind = .kept(reason)
            } else if !isDryRun {
                kind = await remove(stray.key, from: replicas.stores[stray.replica])
            }
            onOutcome(StrayOutcome(replica: stray.replica, key: stray.key, kind: kind))
        }
    }

    private func remove(_ key: ObjectKey, from store: any ObjectStore) async -> StrayOutcome.Kind {
        do throws(ObjectStoreError) {
            guard let prunable = store as? any PrunableStore else {
                try await store.delete(key)
                return .removed
            }
            switch try await prunable.deleteForGood(key) {
            case .deleted: return .removed
            case .locked(let until):
                return .failed("locked until \(UTCTime(secondsSince1970: until).iso8601)")
            }
        } catch {
            return .failed(error.reason)
        }
    }

    /// Nil where the object is proven to be nobody's.
    private func reasonToKeep(_ key: ObjectKey) async throws -> String? {
        guard ObjectName.folders.contains(where: key.rawValue.hasPrefix) else {
            return "it is in none of the vault's folders"
        }
        guard let name = ObjectName(key) else { return nil }
        guard name.packDigest == nil else { return "packs that nothing needs are for prune" }
        guard try !catalog.isKnown(key), try !isAnnounced(key) else { return "something signed names it" }
        do {
            let bytes = try await replicas.getVerified(
                key, maximumByteCount: Format.maximumObjectByteCount, from: Array(replicas.stores.indices))
            _ = try learn(key, bytes.array, confirmedBy: 0)
            return "it is the vault's"
        } catch let error as VaultError {
            return try isOfLaterFormat(key, error) ? error.reason : nil
        } catch let error as ReplicaSetError {
            if error.code == .cancelled { throw CancellationError() }
            return error.isOfBytes ? nil : "not every replica answers: \(error.reason)"
        }
    }
}

extension AuditedVault {
    /// Whether something signed names the object.
    func isAnnounced(_ key: ObjectKey) throws -> Bool { try !catalog.namers(of: key).isEmpty }

    /// Whether a later program has written what this one cannot read. A format that signs otherwise has its objects named
    /// first by something that is signed as in this one: what claims it without that is anybody's.
    func isOfLaterFormat(_ key: ObjectKey, _ error: VaultError) throws -> Bool {
        switch error.code {
        case .newerFormat: true
        case .unprovenFormat: try isAnnounced(key)
        default: false
        }
    }
}
