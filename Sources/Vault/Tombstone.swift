public import Crypto
public import ObjectStore

/// A plain, signed statement that objects are to be deleted. A name with a tombstone is never put again, and
/// what has one is never revived.
public struct Tombstone: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// To be deleted after the waiting time.
        case marked
        /// A prune is about to delete.
        case deleting
    }

    public let vault: VaultID
    public let created: UTCTime
    public let objects: [ObjectKey]
    public let state: State

    public init(vault: VaultID, created: UTCTime, objects: [ObjectKey], state: State) {
        self.vault = vault
        self.created = created
        self.objects = objects
        self.state = state
    }

    /// The stored object, signed.
    public func sealed(by key: SigningKey) -> (name: ObjectName, bytes: [UInt8]) {
        let bytes = (self as any Statement).sealed(by: key)
        return (.tombstone(created, SHA256.hash(bytes)), bytes)
    }

    /// Reads the stored object whose name says that it was made at `time`.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`, `unprovenFormat`, `otherVault`.
    public init(
        _ bytes: [UInt8], named time: UTCTime, vault: VaultID, key: VerificationKey, subject: String
    ) throws(VaultError) {
        try self.init(verifying: bytes, named: time, vault: vault, by: key, subject: subject)
    }
}

extension Tombstone: Statement {
    static let kind = "tombstone"

    var stored: ProtoTombstone {
        var stored = ProtoTombstone()
        stored.format = Format.version
        stored.vaultID = .init(vault.bytes)
        stored.created = created.secondsSince1970
        stored.objects = objects.map(\.rawValue)
        stored.state = state == .marked ? .marked : .deleting
        return stored
    }

    init(_ stored: ProtoTombstone, subject: String) throws(VaultError) {
        vault = try Envelope.check(
            format: stored.format, vault: [UInt8](stored.vaultID), is: nil, subject: subject)
        created = UTCTime(secondsSince1970: stored.created)
        var objects: [ObjectKey] = []
        for name in stored.objects {
            guard let key = ObjectKey(name) else {
                throw VaultError(.malformed, subject, "it names something that is no object")
            }
            objects.append(key)
        }
        self.objects = objects
        state = stored.state == .deleting ? .deleting : .marked
    }
}
