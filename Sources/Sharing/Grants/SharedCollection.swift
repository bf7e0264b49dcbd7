public import Backup
internal import Crypto
public import ObjectStore
public import Replicator
public import Vault

/// A collection of somebody else's vault, as a grant opens it: the snapshots of the epochs in the grant, and nothing
/// else. It is only read.
///
/// Nothing is remembered of it: what one replica hides another must show, and what all hide is not missed.
public struct SharedCollection: Sendable {
    public let grant: Grant
    public let replicas: ReplicaSet
    private let identity: Identity
    private let reader: VaultReader

    /// - Parameter stores: where the replicas are that this recipient reaches, at least one.
    public init(_ grant: Grant, for identity: Identity, stores: [any ObjectStore]) {
        self.grant = grant
        self.identity = identity
        replicas = ReplicaSet(stores: stores, quorum: 1)
        reader = VaultReader(vault: grant.vault, replicas: replicas, contentKey: nil)
    }

    /// The grant that has taken the place of this one, with the keys of newer epochs, and its bytes; nil where the
    /// replicas show none. What is no grant for this person of the same collection, by the same giver, is warned of and
    /// passed over.
    public func newerGrant(
        warn: @escaping WarningHandler
    ) async throws(ObjectStoreError) -> (grant: Grant, bytes: [UInt8])? {
        var newest: (grant: Grant, bytes: [UInt8])?
        for name in try await names(under: "\(ObjectName.grantsPrefix)\(grant.id.hex)-", warn: warn) {
            do {
                let bytes = try await replicas.getVerified(
                    name, maximumByteCount: Grant.maximumByteCount
                ).array
                let other = try Grant(opening: bytes, for: identity, subject: name.rawValue)
                try grant.requireSameGiver(other)
                if other.newestEpoch > (newest?.grant ?? grant).newestEpoch { newest = (other, bytes) }
            } catch {
                warn(Warning(what: name.rawValue, why: "passed over: \(error)"))
            }
        }
        return newest
    }

    /// Finds and reads the snapshot that is meant, as `OpenVault.find`: the newest, if none is named.
    ///
    /// - Throws: `SelectionError`, `SharingError` with `nothingToOpen`, `ReplicaSetError`, `ObjectStoreError` when no
    ///   replica answers.
    public func find(
        _ selection: SnapshotSelection, warn: @escaping WarningHandler
    ) async throws -> FoundSnapshot {
        let meant = try await shown(warn: warn).filter { selection.isInTime($0) && selection.isNamed($0) }
            .sorted(by: >)
        if selection.snapshot != nil, meant.count > 1 {
            throw SelectionError(
                description: "\(meant.count) snapshots of \(grant.collectionName) begin with these digits",
                hint: "give more digits of the hash")
        }
        var checkpoint: FoundSnapshot?
        var missed: [SnapshotID] = []
        var sealedForOthers = 0
        for id in try await order(of: meant, selection) {
            switch try await read(id, isNamed: selection.snapshot != nil, warn: warn) {
            case .ofOtherEpoch(let epoch):
                if epoch > grant.newestEpoch { sealedForOthers += 1 }
            case .lost: missed.append(id)
            case .planted: break
            case .open(let snapshot):
                let found = FoundSnapshot(id: id, snapshot: snapshot, passedOver: missed.reversed())
                guard snapshot.isCheckpoint, selection.snapshot == nil else {
                    if sealedForOthers > 0 { warn(goesOn(sealedForOthers)) }
                    return found
                }
                if checkpoint == nil { checkpoint = found }
            }
        }
        if let checkpoint { return checkpoint }
        throw SharingError(
            .nothingToOpen,
            sealedForOthers > 0
                ? "\(grant.collectionName) goes on without this recipient"
                : "no replica shows such a snapshot of \(grant.collectionName) that this grant opens",
            hint: "ask the giver whether the grant still stands")
    }

    /// Those that are meant, newest first: where several machines have histories of their own, the one of the selection's
    /// host. The newest names the newest of each machine.
    private func order(
        of meant: [SnapshotID], _ selection: SnapshotSelection
    ) async throws -> [SnapshotID] {
        guard selection.snapshot == nil else { return meant }
        var known: [Ancestry] = []
        for id in meant {
            // Whoever is about to take it says why it cannot be.
            guard case .open(let snapshot) = try await read(id, isNamed: false, warn: { _ in }),
                !snapshot.isCheckpoint
            else { continue }
            known.append(Ancestry(id, snapshot))
            let told = snapshot.heads.filter { $0.collection == grant.collection }.map(\.device)
            if selection.host == nil, Set(told + known.map(\.device)).count == 1 { return meant }
        }
        let ids = Set(known.map(\.id))
        let order = try SnapshotLineage(known).choose(
            among: ids, own: nil, host: selection.host, of: grant.collectionName
        ).order
        return order + meant.filter { !ids.contains($0) }
    }

    /// The snapshots that the grant opens, oldest first.
    ///
    /// - Parameter onLost: told of those that no replica has right.
    /// - Throws: `ReplicaSetError`, `ObjectStoreError` when no replica answers.
    public func snapshots(
        warn: @escaping WarningHandler, onLost: (SnapshotID) -> Void
    ) async throws -> [SnapshotSummary] {
        var snapshots: [SnapshotSummary] = []
        for id in try await shown(warn: warn).sorted() {
            switch try await read(id, isNamed: false, warn: warn) {
            case .open(let snapshot): snapshots.append(SnapshotSummary(id, snapshot))
            case .lost: onLost(id)
            case .ofOtherEpoch, .planted: break
            }
        }
        return snapshots
    }

    /// As `OpenVault.snapshotSource`. Nothing is remembered, so that each list reads all snapshots: it is had once.
    public func snapshotSource(warn: @escaping WarningHandler) -> SnapshotSource {
        SnapshotSource(
            reader: reader, list: { try await snapshots(warn: warn, onLost: { _ in }) },
            read: { summary in
                let selection = SnapshotSelection(
                    collection: grant.collectionName, snapshot: summary.id.description)
                return try await find(selection, warn: warn).snapshot
            }, isListedAgain: false)
    }

    /// As `OpenVault.list`.
    @discardableResult
    public func list(
        _ snapshot: SnapshotSelection, _ selection: EntrySelection, warn: @escaping WarningHandler,
        onEntry: (Entry) -> Void
    ) async throws -> FoundSnapshot {
        try await reader.list(try await find(snapshot, warn: warn), selection, onEntry: onEntry)
    }

    /// As `OpenVault.restore`. A recipient cannot tell content by its ids: what is there with the size and time of a file
    /// is taken for the same.
    public func restore(
        _ request: RestoreRequest, progress: RunProgress,
        notify: @escaping @Sendable (RestoreReport.Notice) -> Void, warn: @escaping WarningHandler
    ) async throws -> RestoreReport.Counts {
        replicas.prefer(request.preferredProvider.flatMap(replicas.names.firstIndex(of:)))
        defer { replicas.prefer(nil) }
        return try await reader.restore(
            try await find(request.snapshot, warn: warn), request, progress: progress, notify: notify)
    }

    // MARK: - Reading

    private enum Reading {
        case open(Snapshot)
        /// The grant has no key of its epoch.
        case ofOtherEpoch(UInt64)
        /// No replica has its bytes.
        case lost
        /// Nobody with the giver's key has written it there.
        case planted
    }

    /// Those of any epoch.
    private func shown(warn: @escaping WarningHandler) async throws(ObjectStoreError) -> [SnapshotID] {
        try await names(under: "\(ObjectName.snapshotsPrefix)\(grant.collection.hex)/", warn: warn)
            .compactMap { SnapshotID($0) }
    }

    private func read(
        _ id: SnapshotID, isNamed: Bool, warn: @escaping WarningHandler
    ) async throws -> Reading {
        let key = ObjectName.snapshot(grant.collection, id.time, id.digest).key
        do {
            let bytes = try await replicas.getVerified(
                key, maximumByteCount: Format.maximumObjectByteCount)
            let sealed = try SealedSnapshot(
                bytes.array, vault: grant.vault, key: grant.giver.signingKey, subject: key.rawValue)
            try sealed.check(is: id, of: grant.collection)
            guard let collectionKey = grant.key(ofEpoch: sealed.epoch) else {
                return .ofOtherEpoch(sealed.epoch)
            }
            return .open(try sealed.open(as: id, of: grant.collection, collectionKey: collectionKey))
        } catch let error as VaultError {
            warn(Warning(what: "snapshot \(id.short)", why: "passed over: \(error.reason)"))
            return .planted
        } catch let error as ReplicaSetError where error.isOfBytes && !isNamed {
            warn(Warning(what: "snapshot \(id.short)", why: "passed over: no replica has its bytes"))
            return .lost
        }
    }

    /// What the replicas that answer show under a prefix, in the order of names.
    ///
    /// - Throws: the first failure, when none answers.
    private func names(
        under prefix: String, warn: @escaping WarningHandler
    ) async throws(ObjectStoreError) -> [ObjectKey] {
        var shown: Set<ObjectKey> = []
        var failures: [ObjectStoreError] = []
        for store in replicas.stores {
            do throws(ObjectStoreError) {
                shown.formUnion(try await store.listAll(prefix: prefix).map(\.key))
            } catch {
                failures.append(error)
            }
        }
        if failures.count == replicas.stores.count, let first = failures.first { throw first }
        for failure in failures { warn(Warning(failure)) }
        return shown.sorted()
    }

    private func goesOn(_ count: Int) -> Warning {
        Warning(
            what: grant.collectionName,
            why: "\(count) newer snapshots are not sealed for this recipient: this is the last that is")
    }
}

extension Grant {
    /// Demands that another grant is of the same collection and by the same giver.
    ///
    /// - Throws: `SharingError` with `giverChanged`.
    public func requireSameGiver(_ other: Grant) throws(SharingError) {
        guard other.giver == giver, other.vault == vault, other.collection == collection else {
            throw SharingError(
                .giverChanged,
                "it is by another giver than the one that was accepted, whose verification ID is "
                    + giver.verificationID.description,
                hint:
                    "ask the giver, and compare the verification ID of the new key; --as keeps theirs under another name"
            )
        }
    }
}
