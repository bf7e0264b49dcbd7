public import Crypto
public import ObjectStore

/// A plain, signed list of the packs that a run added: what a verifier without any key lives on.
public struct Inventory: Sendable, Hashable {
    /// One pack and its size.
    public struct Pack: Sendable, Hashable {
        public let digest: SHA256Digest
        public let byteCount: Int
        /// Whether it holds pages and lists (`meta/`) instead of content (`packs/`).
        public let isMeta: Bool

        public init(digest: SHA256Digest, byteCount: Int, isMeta: Bool) {
            self.digest = digest
            self.byteCount = byteCount
            self.isMeta = isMeta
        }

        public var name: ObjectName { isMeta ? .metaPack(digest) : .pack(digest) }
    }

    public let vault: VaultID
    public let created: UTCTime
    public let packs: [Pack]
    public let heads: [Head]
    /// Objects that were committed before it and that nothing signed had named yet: so each signed object proves
    /// that those before it have been there, the keyrings and records of collections among them.
    public let named: [ObjectKey]

    public init(vault: VaultID, created: UTCTime, packs: [Pack], heads: [Head], named: [ObjectKey] = []) {
        self.vault = vault
        self.created = created
        self.packs = packs
        self.heads = heads
        self.named = named
    }

    /// The stored object, signed.
    public func sealed(by key: SigningKey) -> (name: ObjectName, bytes: [UInt8]) {
        let bytes = (self as any Statement).sealed(by: key)
        return (.inventory(created, SHA256.hash(bytes)), bytes)
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

extension Inventory: Statement {
    static let kind = "inventory"

    var stored: ProtoInventory {
        var stored = ProtoInventory()
        stored.format = Format.version
        stored.vaultID = .init(vault.bytes)
        stored.created = created.secondsSince1970
        stored.packs = packs.map { pack in
            var record = ProtoPackRecord()
            record.sha256 = .init(pack.digest.bytes)
            record.size = UInt32(pack.byteCount)
            record.meta = pack.isMeta
            return record
        }
        stored.heads = heads.map(ProtoHead.init)
        stored.named = named.map(\.rawValue)
        return stored
    }

    init(_ stored: ProtoInventory, subject: String) throws(VaultError) {
        vault = try Envelope.check(
            format: stored.format, vault: [UInt8](stored.vaultID), is: nil, subject: subject)
        created = UTCTime(secondsSince1970: stored.created)
        var packs: [Pack] = []
        packs.reserveCapacity(stored.packs.count)
        for record in stored.packs {
            guard let digest = SHA256Digest([UInt8](record.sha256)),
                record.size <= Format.maximumPackByteCount
            else { throw VaultError(.malformed, subject, "it lists something that is no pack") }
            packs.append(Pack(digest: digest, byteCount: Int(record.size), isMeta: record.meta))
        }
        self.packs = packs
        heads = stored.heads.compactMap(Head.init)
        named = stored.named.compactMap { ObjectKey($0) }
    }
}
