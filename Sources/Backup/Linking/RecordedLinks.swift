internal import Crypto
internal import ObjectStore
internal import Replicator
public import Vault

/// A link that was given out and not taken back.
public struct RecordedLink: Sendable {
    public let share: ShareRecord
    public let created: UTCTime
    /// The machine it was made on.
    public let host: String
    let record: ObjectKey
}

/// Packs that a link would need are marked for deletion.
public struct LinkConflictError: Error, Sendable, CustomStringConvertible {
    public let description = "what it would show is about to be deleted"
    public let hint: String? = "share another snapshot: photobackup snapshots shows what there is"
}

extension OpenVault {
    /// The links that were given out, oldest first, also those that have ended.
    ///
    /// - Throws: `CatalogError`, `ReplicaSetError` for a record that no replica has right.
    public func recordedLinks(warn: WarningHandler) async throws -> [RecordedLink] {
        try await synchronise([ObjectName.tombstonesPrefix, ObjectName.recordsPrefix], warn: warn)
        return try await knownLinks()
    }

    /// Remembers a link in the vault, before it is given out: from now on, and until it ends, no prune deletes what it
    /// needs.
    ///
    /// As a backup does after its snapshot, this looks for tombstones after it has put the record, and a prune looks for
    /// records after it has put tombstones: one of the two sees the other.
    ///
    /// - Throws: `LinkConflictError`, `QuorumError`, `AnotherRunError`, `AccessError`, `CatalogError`.
    public func remember(_ share: ShareRecord, warn: @escaping WarningHandler) async throws -> RecordedLink {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        let record = PersonalRecord(
            created: .now(), kind: .linkShared, host: device.host, share: share)
        let name = try await put(record)
        let link = RecordedLink(
            share: share, created: record.created, host: record.host, record: name.key)
        try await learnTombstones(warn: warn)
        let isDoomed = try share.packDigests.contains {
            try catalog.hasTombstone(ObjectName.pack($0).key.rawValue)
        }
        guard !isDoomed else {
            try await putTombstone(of: [link.record], .marked)
            throw LinkConflictError()
        }
        return link
    }

    /// Lets the vault forget a link: it needs nothing any more.
    ///
    /// - Throws: `QuorumError`, `AnotherRunError`, `CatalogError`.
    public func forget(_ link: RecordedLink) async throws {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        try await putTombstone(of: [link.record], .marked)
    }

    /// The links that the catalog knows of, oldest first.
    func knownLinks() async throws -> [RecordedLink] {
        var links: [RecordedLink] = []
        for object in try catalog.objects(prefix: ObjectName.recordsPrefix) {
            guard let key = ObjectKey(object.name), case .record(let time, _) = ObjectName(key),
                try !catalog.hasTombstone(object.name)
            else { continue }
            let bytes: [UInt8]
            if let known = try catalog.bytes(of: key) {
                bytes = known
            } else {
                bytes = try await replicas.getVerified(
                    key, maximumByteCount: Format.maximumObjectByteCount
                ).array
            }
            let record = try PersonalRecord(bytes, named: time, keys: keys, subject: object.name)
            guard record.kind == .linkShared, let share = record.share else { continue }
            links.append(
                RecordedLink(share: share, created: record.created, host: record.host, record: key))
        }
        return links
    }
}
