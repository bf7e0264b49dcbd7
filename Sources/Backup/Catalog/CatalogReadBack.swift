internal import Foundation
internal import GRDB
internal import Vault

/// Which share of a replica's bytes had been read back within the last days, at one moment.
public struct ReadBackSample: Sendable, Hashable, Codable {
    /// Seconds since 1970.
    public let time: Int64
    /// By the replica's name: from 0 to 1.
    public let shares: [String: Double]

    /// What "within the last days" means.
    public static let days = 30
}

/// The share of what replicas hold that was downloaded and compared not long ago, as it was after each verification.
/// Lost with the catalog.
extension Catalog {
    private static let readBackName = "read_back"
    private static let keptSampleCount = 120

    /// The samples of earlier verifications, oldest first. What another version of the program has noted in a way of its own
    /// is as good as nothing.
    func readBackSamples() throws -> [ReadBackSample] {
        try setting(Self.readBackName).flatMap {
            try? JSONDecoder().decode([ReadBackSample].self, from: Data($0.utf8))
        } ?? []
    }

    /// Writes down how it is now, after a verification that has read.
    func recordReadBack(of replicas: [CatalogReplica], at time: UTCTime) throws {
        let samples = try readBackSamples() + [readBack(of: replicas, at: time)]
        let text = try JSONEncoder().encode(samples.suffix(Self.keptSampleCount))
        try set(Self.readBackName, to: String(decoding: text, as: UTF8.self))
    }

    /// How it is now. What counts are packs: the rest is little, and read on every run.
    func readBack(of replicas: [CatalogReplica], at time: UTCTime) throws -> ReadBackSample {
        let since = time.secondsSince1970 - Int64(ReadBackSample.days) * 86400
        let shares = try database.read { database in
            let first =
                try Int64.fetchOne(
                    database, sql: "SELECT min(id) FROM verification WHERE started > ?", arguments: [since])
                ?? .max
            return try replicas.map { replica in
                let held = try Int64.fetchOne(
                    database, sql: "SELECT coalesce(sum(byte_count), 0) FROM pack WHERE confirmed & ? <> 0",
                    arguments: [replica.bit])!
                let read = try Int64.fetchOne(
                    database,
                    sql: """
                        SELECT coalesce(sum(byte_count), 0) FROM pack WHERE confirmed & :bit <> 0 AND EXISTS (
                            SELECT 1 FROM checked WHERE checked.replica = :replica AND checked.object = +pack.id
                            AND checked.level >= :level AND checked.verification >= :first)
                        """,
                    arguments: [
                        "bit": replica.bit, "replica": replica.id, "level": VerifyLevel.read.depth,
                        "first": first,
                    ])!
                return (replica.name, held == 0 ? 0 : Double(read) / Double(held))
            }
        }
        return ReadBackSample(
            time: time.secondsSince1970, shares: Dictionary(shares, uniquingKeysWith: { first, _ in first }))
    }
}
