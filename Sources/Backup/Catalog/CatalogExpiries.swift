internal import Crypto
internal import Foundation
internal import GRDB
internal import ObjectStore
internal import Vault

extension Catalog {
    /// What a provider last announced that it will delete; nil where it announces nothing any more.
    func announcedExpiry(at location: String) throws -> AnnouncedExpiry? {
        guard let kept = try setting(Self.expirySetting(location)), !kept.isEmpty else { return nil }
        let parts = kept.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 3 else { return nil }
        return AnnouncedExpiry(
            object: parts[0], date: parts[1].isEmpty ? nil : parts[1], rule: parts[2].isEmpty ? nil : parts[2]
        )
    }

    func keep(_ expiry: AnnouncedExpiry?, at location: String) throws {
        guard try announcedExpiry(at: location) != expiry else { return }
        let text = expiry.map { "\($0.object)\n\($0.date ?? "")\n\($0.rule ?? "")" } ?? ""
        try set(Self.expirySetting(location), to: text)
    }

    private static func expirySetting(_ location: String) -> String { "expiry of \(location)" }

    /// An object that the replica should have, whose fate tells that of the others: a pack, if there is one.
    func sample(of replica: CatalogReplica) throws -> ObjectKey? {
        let (digest, name) = try database.read { database in
            (
                try Data.fetchOne(
                    database,
                    sql:
                        "SELECT digest FROM pack WHERE confirmed & ? != 0 AND is_meta = 0 ORDER BY id DESC LIMIT 1",
                    arguments: [replica.bit]),
                try String.fetchOne(
                    database,
                    sql: "SELECT name FROM object WHERE confirmed & ? != 0 ORDER BY name DESC LIMIT 1",
                    arguments: [replica.bit])
            )
        }
        if let digest, let pack = SHA256Digest([UInt8](digest)) { return ObjectName.pack(pack).key }
        return name.flatMap(ObjectKey.init)
    }
}

extension Catalog {
    /// Writes down what each provider announces that it will delete: what was seen in this run's answers, and what one
    /// question shows about the object that was announced before or, with `isAsking`, about any.
    func noteExpiries(
        _ replicas: [(replica: CatalogReplica, store: any ObjectStore, isReached: Bool)], isAsking: Bool
    ) async throws {
        for (replica, store, isReached) in replicas {
            guard isReached, let bucket = store as? any BucketStore else { continue }
            let known = try announcedExpiry(at: replica.location)
            if let seen = bucket.announcedExpiry {
                try keep(seen, at: replica.location)
            } else if let key = try known.flatMap({ ObjectKey($0.object) })
                ?? (isAsking ? sample(of: replica) : nil)
            {
                do throws(ObjectStoreError) {
                    let answer = try await bucket.details(key).expiry
                    do { try keep(answer, at: replica.location) } catch {
                        throw ObjectStoreError(.system, store: "catalog", reason: "\(error)")
                    }
                } catch {
                    // Of what is not there any more nothing can be announced; of what does not answer nothing is known.
                    if error.code == .notFound { try keep(nil, at: replica.location) }
                }
            }
        }
    }
}
