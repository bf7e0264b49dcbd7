public import Crypto
public import ObjectStore
internal import SwiftProtobuf

/// The newest snapshot of one collection and device that somebody knew of.
public struct Head: Hashable, Sendable {
    public let collection: CollectionID
    public let device: DeviceID
    public let snapshot: SnapshotID

    public init(collection: CollectionID, device: DeviceID, snapshot: SnapshotID) {
        self.collection = collection
        self.device = device
        self.snapshot = snapshot
    }
}

/// A snapshot's name inside its collection: `<UTC time>-<sha256>`. Greater is newer.
public struct SnapshotID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let time: UTCTime
    public let digest: SHA256Digest

    public init(time: UTCTime, digest: SHA256Digest) {
        self.time = time
        self.digest = digest
    }

    /// nil for any other text.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 80, let time = UTCTime(text.prefix(15)), text.dropFirst(15).first == "-",
            let digest = SHA256Digest(hex: text.suffix(64))
        else { return nil }
        self.init(time: time, digest: digest)
    }

    public var description: String { "\(time)-\(digest.hex)" }

    /// What people type: the first 8 digits of the hash.
    public var short: String { String(digest.hex.prefix(8)) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.time, left.digest) < (right.time, right.digest)
    }
}

/// A collection at one moment, as one device saw it.
public struct Snapshot: Sendable {
    /// A page, where it is, and where it ends.
    public struct PageReference: Hashable, Sendable {
        public var reference: Reference
        public var lastPath: EntryPath
        public var entryCount: Int

        public init(reference: Reference, lastPath: EntryPath, entryCount: Int) {
            self.reference = reference
            self.lastPath = lastPath
            self.entryCount = entryCount
        }
    }

    /// A file that was there and could not be read.
    public struct Unreadable: Hashable, Sendable {
        public let path: EntryPath
        public let reason: String

        public init(path: EntryPath, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    public var collection: CollectionID
    public var collectionName = ""
    public var device: DeviceID
    public var host = ""
    /// Nanoseconds since 1970.
    public var started: Int64 = 0
    public var finished: Int64 = 0
    public var tags: [String] = []
    public var fileCount = 0
    public var directoryCount = 0
    public var linkCount = 0
    /// Of all files' content.
    public var byteCount: UInt64 = 0
    public var pages: [PageReference] = []
    public var heads: [Head] = []
    public var unreadable: [Unreadable] = []
    /// What is stored, but for what the reason names: attributes that could not be read, a time that no entry holds.
    public var incomplete: [Unreadable] = []
    public var parent: SnapshotID?
    public var program = ""
    /// Made while the run went on, so that what was stored by then is found again: what the run had not come to is
    /// as in its parent.
    public var isCheckpoint = false
    /// As `Inventory.named`; in the plain header.
    public var named: [ObjectKey] = []

    public init(collection: CollectionID, device: DeviceID) {
        self.collection = collection
        self.device = device
    }

    /// The time in its name: when it was finished. Only this one is signed, so a name that tells another time is
    /// not to be believed.
    public var time: UTCTime { UTCTime(secondsSince1970: finished / 1_000_000_000) }

    /// The stored object: a plain header, the body sealed under the collection's current key, and the vault's
    /// signature over both.
    public func sealed(
        in collection: VaultCollection, vault: VaultID, by key: SigningKey
    ) -> (id: SnapshotID, bytes: [UInt8]) {
        sealed(in: collection.id, collection.currentEpoch, vault: vault, by: key)
    }

    /// The same under the key of any epoch.
    public func sealed(
        in collection: CollectionID, _ epoch: VaultCollection.Epoch, vault: VaultID, by key: SigningKey
    ) -> (id: SnapshotID, bytes: [UInt8]) {
        var header = ProtoSnapshotHeader()
        header.format = Format.version
        header.vaultID = .init(vault.bytes)
        header.collectionID = .init(collection.bytes)
        header.epoch = epoch.number
        header.wrappedCollectionKey = .init(epoch.wrapped.bytes)
        header.created = time.secondsSince1970
        header.named = named.map(\.rawValue)
        let headerBytes = header.encoded
        let body = SealedMessage.seal(
            ProtoSnapshotBody(self).encoded, under: epoch.key, vault: vault, role: .snapshot)
        var stored = ProtoSnapshot()
        stored.header = .init(headerBytes)
        stored.body = .init(body)
        stored.signature = .init(key.sign(SealedSnapshot.signedBytes(headerBytes, body)))
        let bytes = stored.encoded
        return (SnapshotID(time: time, digest: SHA256.hash(bytes)), bytes)
    }
}

/// A stored snapshot whose signature is verified and whose body is still sealed: what a verifier without any
/// key sees of it.
public struct SealedSnapshot: Sendable {
    public let vault: VaultID
    public let collection: CollectionID
    public let epoch: UInt64
    public let created: UTCTime
    public let named: [ObjectKey]
    private let wrappedKey: WrappedKey
    private let body: [UInt8]
    private let subject: String

    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`, `unprovenFormat`, `otherVault`.
    public init(
        _ bytes: [UInt8], vault: VaultID, key: VerificationKey, subject: String
    ) throws(VaultError) {
        let stored = try ProtoSnapshot(decodingEnvelope: bytes, subject: subject)
        let headerBytes = [UInt8](stored.header)
        body = [UInt8](stored.body)
        guard key.isValid([UInt8](stored.signature), of: Self.signedBytes(headerBytes, body)) else {
            let format = (try? ProtoSnapshotHeader(serializedBytes: headerBytes))?.format
            throw Envelope.refusal(format: format, subject: subject)
        }
        let header = try ProtoSnapshotHeader(decoding: headerBytes, subject: subject)
        self.vault = try Envelope.check(
            format: header.format, vault: [UInt8](header.vaultID), is: vault, subject: subject)
        guard let collection = CollectionID(header.collectionID) else {
            throw VaultError(.malformed, subject, "it names no collection")
        }
        do {
            wrappedKey = try WrappedKey([UInt8](header.wrappedCollectionKey))
        } catch {
            throw VaultError(.malformed, subject, "\(error)")
        }
        self.collection = collection
        epoch = header.epoch
        created = UTCTime(secondsSince1970: header.created)
        named = header.named.compactMap { ObjectKey($0) }
        self.subject = subject
    }

    /// Demands that it is the snapshot of this name: its collection and time are signed, its name is not.
    ///
    /// - Throws: `notAuthentic`.
    public func check(is id: SnapshotID, of expected: CollectionID) throws(VaultError) {
        guard collection == expected else {
            throw VaultError(.notAuthentic, subject, "it is a snapshot of another collection")
        }
        guard created == id.time else {
            throw VaultError(.notAuthentic, subject, "it was made at another time than its name says")
        }
    }

    /// The snapshot, if it is the one of this name.
    ///
    /// - Throws: `notAuthentic`, `malformed`.
    public func open(
        as id: SnapshotID, of expected: CollectionID, keys: VaultKeys
    ) throws(VaultError) -> Snapshot {
        try check(is: id, of: expected)
        return try checkingTime(open(keys: keys))
    }

    /// The same for somebody who has no more than the key of the snapshot's epoch.
    ///
    /// - Throws: `notAuthentic`, `malformed`.
    public func open(
        as id: SnapshotID, of expected: CollectionID, collectionKey: SecretBytes
    ) throws(VaultError) -> Snapshot {
        try check(is: id, of: expected)
        return try checkingTime(open(collectionKey: collectionKey))
    }

    private func checkingTime(_ snapshot: Snapshot) throws(VaultError) -> Snapshot {
        guard snapshot.time == created else {
            throw VaultError(.malformed, subject, "it tells two times at which it was made")
        }
        return snapshot
    }

    /// The snapshot, whatever its name. Throws `notAuthentic`, `malformed`.
    func open(keys: VaultKeys) throws(VaultError) -> Snapshot {
        try open(collectionKey: collectionEpoch(keys: keys).key)
    }

    /// The epoch that it is sealed under, with its key, which no record of the collection is needed for.
    ///
    /// - Throws: `notAuthentic`.
    public func collectionEpoch(keys: VaultKeys) throws(VaultError) -> VaultCollection.Epoch {
        do {
            let key = try wrappedKey.unwrap(
                under: keys.masterKey, purpose: VaultCollection.purpose(vault, collection, epoch))
            return VaultCollection.Epoch(number: epoch, key: key, wrapped: wrappedKey)
        } catch {
            throw VaultError(.notAuthentic, subject, "\(error)")
        }
    }

    private func open(collectionKey key: SecretBytes) throws(VaultError) -> Snapshot {
        let plaintext = try SealedMessage.open(
            body, under: key, vault: vault, role: .snapshot, subject: subject)
        let stored = try ProtoSnapshotBody(decoding: plaintext, subject: subject)
        var snapshot = try Snapshot(stored, collection: collection, subject: subject)
        snapshot.named = named
        return snapshot
    }

    static func signedBytes(_ header: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var bytes = Format.purpose("snapshot")
        withUnsafeBytes(of: UInt32(header.count).bigEndian) { bytes.append(contentsOf: $0) }
        return bytes + header + body
    }
}
