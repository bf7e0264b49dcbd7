public import Crypto
internal import ObjectStore
internal import SwiftProtobuf

/// A named set of source folders with keys of its own, one an epoch.
public struct VaultCollection: Sendable {
    public struct Epoch: Sendable {
        public let number: UInt64
        public let key: SecretBytes
        let wrapped: WrappedKey

        fileprivate static func random(_ number: UInt64, of id: CollectionID, keys: VaultKeys) -> Epoch {
            let key = SecretBytes(randomCount: KeyDerivation.keyByteCount)
            return Epoch(
                number: number, key: key,
                wrapped: WrappedKey(
                    wrapping: key, under: keys.masterKey,
                    purpose: VaultCollection.purpose(keys.vault, id, number)))
        }
    }

    public let id: CollectionID
    public let name: String
    /// In ascending order; the last is current.
    public let epochs: [Epoch]
    public let sequence: UInt32

    public var currentEpoch: Epoch { epochs[epochs.count - 1] }

    /// A new collection with a random key for its first epoch.
    public static func make(name: String, keys: VaultKeys) -> VaultCollection {
        let id = keys.collectionID(name: name)
        return VaultCollection(
            id: id, name: name, epochs: [Epoch.random(1, of: id, keys: keys)], sequence: 1)
    }

    /// The same collection in a new epoch, in a record that takes the place of this one: what is sealed from then on
    /// opens with a random key that no key of before gives.
    public func beginningEpoch(keys: VaultKeys) -> VaultCollection {
        let epoch = Epoch.random(currentEpoch.number + 1, of: id, keys: keys)
        return VaultCollection(
            id: id, name: name, epochs: epochs + [epoch], sequence: sequence.heldSum(1))
    }

    /// What the wrapping key of a collection's epoch is derived for.
    static func purpose(_ vault: VaultID, _ id: CollectionID, _ epoch: UInt64) -> [UInt8] {
        Format.purpose("collection", object: vault.bytes + id.bytes, epoch: epoch)
    }

    /// The stored object, with a MAC of the vault.
    public func sealed(keys: VaultKeys) -> (name: ObjectName, bytes: [UInt8]) {
        var record = ProtoCollection()
        record.format = Format.version
        record.vaultID = .init(keys.vault.bytes)
        record.collectionID = .init(id.bytes)
        record.sequence = sequence
        record.epochs = epochs.map { epoch in
            var stored = ProtoCollectionEpoch()
            stored.number = epoch.number
            stored.wrappedKey = .init(epoch.wrapped.bytes)
            return stored
        }
        var settings = ProtoCollectionSettings()
        settings.name = name
        record.settings = .init(
            SealedMessage.seal(
                settings.encoded, under: currentEpoch.key, vault: keys.vault, role: .collectionSettings))
        let content = record.encoded
        var authenticated = ProtoAuthenticatedRecord()
        authenticated.record = .init(content)
        authenticated.mac = .init(Self.mac(content, keys).bytes)
        let bytes = authenticated.encoded
        return (.collection(id, sequence: sequence, SHA256.hash(bytes)), bytes)
    }

    /// Reads the stored object whose name says that it is this collection's record of this sequence.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`, `otherVault`.
    public init(
        _ bytes: [UInt8], named expected: CollectionID, sequence: UInt32, keys: VaultKeys, subject: String
    ) throws(VaultError) {
        let authenticated = try ProtoAuthenticatedRecord(decodingEnvelope: bytes, subject: subject)
        let content = [UInt8](authenticated.record)
        guard
            constantTimeEqual(
                [UInt8](authenticated.mac).span.bytes, Self.mac(content, keys).bytes.span.bytes)
        else { throw VaultError(.notAuthentic, subject, "it was altered, or belongs to another vault") }
        let record = try ProtoCollection(decoding: content, subject: subject)
        _ = try Envelope.check(
            format: record.format, vault: [UInt8](record.vaultID), is: keys.vault, subject: subject)
        guard let id = CollectionID(record.collectionID), !record.epochs.isEmpty else {
            throw VaultError(.malformed, subject, "it names no collection, or no key")
        }
        guard id == expected, record.sequence == sequence else {
            throw VaultError(.notAuthentic, subject, "it is another record than its name says")
        }
        var epochs: [Epoch] = []
        do {
            for stored in record.epochs {
                guard stored.number <= UInt64(Int64.max) else {
                    throw VaultError(.malformed, subject, "an epoch has a number that none has")
                }
                let wrapped = try WrappedKey([UInt8](stored.wrappedKey))
                let key = try wrapped.unwrap(
                    under: keys.masterKey, purpose: Self.purpose(keys.vault, id, stored.number))
                epochs.append(Epoch(number: stored.number, key: key, wrapped: wrapped))
            }
        } catch {
            throw VaultError(.notAuthentic, subject, "\(error)")
        }
        epochs.sort { $0.number < $1.number }
        let settings = try ProtoCollectionSettings(
            decoding: SealedMessage.open(
                [UInt8](record.settings), under: epochs[epochs.count - 1].key, vault: keys.vault,
                role: .collectionSettings, subject: subject), subject: subject)
        self.id = id
        self.name = settings.name
        self.epochs = epochs
        self.sequence = sequence
    }

    private init(id: CollectionID, name: String, epochs: [Epoch], sequence: UInt32) {
        self.id = id
        self.name = name
        self.epochs = epochs
        self.sequence = sequence
    }

    private static func mac(_ content: [UInt8], _ keys: VaultKeys) -> SHA256Digest {
        HMACSHA256.authenticate(
            (Format.purpose("collection-record") + content).span.bytes, key: keys.recordKey)
    }
}

/// A small message sealed as one chunk under a key that has a role of its own.
enum SealedMessage {
    static func seal(
        _ plaintext: [UInt8], under key: SecretBytes, vault: VaultID, role: ChunkRole
    ) -> [UInt8] {
        let count = SealedChunk.sealedByteCount(plaintextByteCount: plaintext.count)
        return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            plaintext.withUnsafeBytes { plaintext in
                SealedChunk.seal(
                    plaintext, key: chunkKey(key, role),
                    associatedData: Format.associatedData(vault: vault, role: role),
                    into: UnsafeMutableRawBufferPointer(output))
            }
            initialized = count
        }
    }

    /// - Throws: `notAuthentic`, `malformed`.
    static func open(
        _ sealed: [UInt8], under key: SecretBytes, vault: VaultID, role: ChunkRole, subject: String
    ) throws(VaultError) -> [UInt8] {
        guard let count = SealedChunk.plaintextByteCount(sealedByteCount: sealed.count) else {
            throw VaultError(.malformed, subject, "it is cut short")
        }
        var plaintext = [UInt8](repeating: 0, count: count)
        let failure = plaintext.withUnsafeMutableBytes { output in
            sealed.withUnsafeBytes { sealed -> CryptoError? in
                do throws(CryptoError) {
                    try SealedChunk.open(
                        sealed, key: chunkKey(key, role),
                        associatedData: Format.associatedData(vault: vault, role: role), into: output)
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw VaultError(.notAuthentic, subject, failure.description) }
        return plaintext
    }

    private static func chunkKey(_ key: SecretBytes, _ role: ChunkRole) -> ChunkKey {
        let subkey = KeyDerivation.subkey(of: key, purpose: Format.purpose("message \(role.rawValue)"))
        guard let chunkKey = subkey.withBytes({ ChunkKey($0) }) else {
            preconditionFailure("a subkey has 32 bytes")
        }
        return chunkKey
    }
}
