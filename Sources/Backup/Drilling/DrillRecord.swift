internal import Foundation
internal import Replicator
internal import Vault

/// The last drill, as it is recorded in the vault.
public struct DrillRecord: Sendable, Hashable, Codable {
    /// Seconds since 1970.
    public let time: Int64
    public let files: Int
    /// The names of providers from which everything came back.
    public let proved: [String]
    /// The names of those from which something did not.
    public let failed: [String]
}

extension OpenVault {
    /// Remembers, in the vault, what a drill has shown.
    ///
    /// - Throws: `QuorumError`, `AnotherRunError`, `CatalogError`.
    public func record(_ drill: DrillSummary) async throws {
        let lock = try RunLock(folder: lockFolder)
        defer { withExtendedLifetime(lock) {} }
        replicas.beginPhase()
        try await put(
            PersonalRecord(
                created: .now(), kind: .drillDone, host: device.host,
                details: [
                    "files": String(drill.filesRestored), "proved": drill.proved.joined(separator: " "),
                    "failed": drill.failed.joined(separator: " "),
                ]))
    }

    /// The last drill that any machine has recorded, as far as this one has read.
    public func lastDrill() throws -> DrillRecord? { try catalog.lastDrill() }
}

extension Catalog {
    private static let lastDrillName = "last_drill"

    /// What another version of the program has noted in a way of its own is as good as nothing.
    func lastDrill() throws -> DrillRecord? {
        try setting(Self.lastDrillName).flatMap {
            try? JSONDecoder().decode(DrillRecord.self, from: Data($0.utf8))
        }
    }

    func takeDrill(_ record: PersonalRecord) throws {
        let time = record.created.secondsSince1970
        guard try lastDrill().map({ $0.time < time }) ?? true else { return }
        func names(_ key: String) -> [String] {
            (record.details[key] ?? "").split(separator: " ").map(String.init)
        }
        let drill = DrillRecord(
            time: time, files: record.details["files"].flatMap { Int($0) } ?? 0, proved: names("proved"),
            failed: names("failed"))
        try set(Self.lastDrillName, to: String(decoding: try JSONEncoder().encode(drill), as: UTF8.self))
    }
}
