internal import Crypto
internal import FoundationEssentials

/// Something that a person did and that every machine of the vault should know, sealed in every replica.
public struct PersonalRecord: Sendable, Hashable {
    /// What was done. One that this version does not know is kept, and says nothing to it.
    public struct Kind: Sendable, Hashable {
        public let name: String

        public init(name: String) { self.name = name }

        /// The words of the emergency kit were typed back, and open the vault.
        public static let kitTested = Kind(name: "kit_tested")
        /// A link was given out: `share` says which.
        public static let linkShared = Kind(name: "link_shared")
        /// Files were restored from each provider alone, to see whether they come back; `details` says how it went.
        public static let drillDone = Kind(name: "drill_done")
        /// A person's public key is taken for theirs from now on; `details` has `name` and `key`.
        public static let identityPinned = Kind(name: "identity_pinned")
    }

    public let created: UTCTime
    public let kind: Kind
    /// The machine it was done on.
    public let host: String
    /// Of `linkShared` alone.
    public let share: ShareRecord?
    /// What else there is to say, by the kind.
    public let details: [String: String]

    public init(
        created: UTCTime, kind: Kind, host: String, share: ShareRecord? = nil, details: [String: String] = [:]
    ) {
        self.created = created
        self.kind = kind
        self.host = host
        self.share = share
        self.details = details
    }

    private struct Stored: Codable {
        let format: UInt32
        let created: Int64
        let kind: String
        let host: String
        let share: ShareRecord?
        let details: [String: String]?
    }

    /// The stored object.
    public func sealed(keys: VaultKeys) -> (name: ObjectName, bytes: [UInt8]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let stored = Stored(
            format: Format.version, created: created.secondsSince1970, kind: kind.name, host: host,
            share: share, details: details.isEmpty ? nil : details)
        guard let plaintext = try? encoder.encode(stored) else {
            preconditionFailure("texts and numbers are always encodable")
        }
        let bytes = SealedMessage.seal(
            [UInt8](plaintext), under: keys.recordsKey, vault: keys.vault, role: .personalRecord)
        return (.record(created, SHA256.hash(bytes)), bytes)
    }

    /// Reads the stored object whose name says that it was made at `time`.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`.
    public init(
        _ bytes: [UInt8], named time: UTCTime, keys: VaultKeys, subject: String
    ) throws(VaultError) {
        let plaintext = try SealedMessage.open(
            bytes, under: keys.recordsKey, vault: keys.vault, role: .personalRecord, subject: subject)
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(plaintext)) else {
            throw VaultError(.malformed, subject, "it is no record")
        }
        guard stored.format > 0, stored.format <= Format.version else {
            throw VaultError(
                .newerFormat, subject, "it has format \(stored.format); this program reads \(Format.version)")
        }
        guard stored.created == time.secondsSince1970 else {
            throw VaultError(.notAuthentic, subject, "it was made at another time than its name says")
        }
        self.init(
            created: time, kind: Kind(name: stored.kind), host: stored.host, share: stored.share,
            details: stored.details ?? [:])
    }
}
