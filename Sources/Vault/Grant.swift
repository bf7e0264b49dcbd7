public import Crypto
internal import Foundation

/// A collection's keys for one person, who opens all snapshots of these epochs with them and nothing else.
///
/// What is in it is signed by the giver and sealed for the recipient; where the collection's replicas are is in it too.
public struct Grant: Sendable {
    /// Refused above this.
    public static let maximumByteCount = 1 << 20

    public struct Epoch: Sendable {
        public let number: UInt64
        /// 32 bytes.
        public let key: SecretBytes

        public init(number: UInt64, key: SecretBytes) {
            self.number = number
            self.key = key
        }
    }

    public let id: GrantID
    public let vault: VaultID
    public let collection: CollectionID
    public let collectionName: String
    public let created: UTCTime
    /// The owner of the vault: its snapshots verify with this signing key.
    public let giver: PublicIdentity
    public let recipient: PublicIdentity
    /// In ascending order, at least one; the last is the one that was current.
    public let epochs: [Epoch]
    /// Where the recipient finds the replicas, with read-only credentials or none.
    public let providers: [ProviderList.Provider]

    public init(
        id: GrantID, vault: VaultID, collection: CollectionID, collectionName: String, created: UTCTime,
        giver: PublicIdentity, recipient: PublicIdentity, epochs: [Epoch],
        providers: [ProviderList.Provider]
    ) {
        precondition(!epochs.isEmpty, "a grant of nothing")
        self.id = id
        self.vault = vault
        self.collection = collection
        self.collectionName = collectionName
        self.created = created
        self.giver = giver
        self.recipient = recipient
        self.epochs = epochs
        self.providers = providers
    }

    public var newestEpoch: UInt64 { epochs[epochs.count - 1].number }

    /// The key of an epoch; nil for one that was not given.
    public func key(ofEpoch number: UInt64) -> SecretBytes? { epochs.first { $0.number == number }?.key }

    /// What the signature of the giver covers.
    private static func signedBytes(_ statement: [UInt8], vault: VaultID) -> [UInt8] {
        Format.purpose("grant", object: vault.bytes) + statement
    }
}

// MARK: - The stored object

extension Grant {
    /// The stored object: for the recipient the grant, for the giver what it says but for the keys.
    ///
    /// - Parameter person: what the giver calls the recipient, who does not see it.
    /// - Throws: `malformed` where the recipient's public key is none that can be sealed for.
    public func sealed(
        person: String, by signingKey: SigningKey, keys: VaultKeys
    ) throws(VaultError) -> (name: ObjectName, bytes: [UInt8]) {
        var plaintext = Stored(self).encoded
        plaintext.insert(
            contentsOf: signingKey.sign(Self.signedBytes(plaintext, vault: vault)), at: 0)
        let box: [UInt8]
        do {
            box = try recipient.receivingKey.seal(SecretBytes(consuming: &plaintext))
        } catch {
            throw VaultError(.malformed, "public key", "\(error)")
        }
        let given = GivenGrant(self, person: person).sealed(beside: box, keys: keys)
        let bytes = GrantParts(recipients: box, givers: given).bytes
        return (.grant(id.hex, SHA256.hash(bytes)), bytes)
    }

    /// Opens a grant and believes it only if it was sealed for this person and signed, for this person, by the giver
    /// whom it names. Whether that is who it is meant to be, only people can tell.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`.
    public init(opening bytes: [UInt8], for identity: Identity, subject: String) throws(VaultError) {
        let box = try GrantParts(bytes, subject: subject).recipients
        let plaintext: [UInt8]
        do {
            plaintext = try identity.receivingKey.open(box).withUnsafeBytes { [UInt8]($0) }
        } catch {
            throw VaultError(
                .notAuthentic, subject, "it is sealed for another public key, or was altered")
        }
        let signatureByteCount = 64
        guard plaintext.count > signatureByteCount else {
            throw VaultError(.malformed, subject, "it is cut short")
        }
        let statement = Array(plaintext.dropFirst(signatureByteCount))
        let grant = try Stored.decode(statement, subject: subject)
        guard
            grant.giver.signingKey.isValid(
                Array(plaintext.prefix(signatureByteCount)),
                of: Self.signedBytes(statement, vault: grant.vault))
        else { throw VaultError(.notAuthentic, subject, "its signature is not that of the giver it names") }
        guard grant.recipient == identity.publicIdentity else {
            throw VaultError(.notAuthentic, subject, "its giver has made it for somebody else")
        }
        self = grant
    }
}

/// The two parts of a stored grant.
struct GrantParts {
    private static let version: UInt8 = 1
    private static let headByteCount = 5

    /// Sealed for the recipient.
    let recipients: [UInt8]
    /// Sealed for the giver.
    let givers: [UInt8]

    init(recipients: [UInt8], givers: [UInt8]) {
        self.recipients = recipients
        self.givers = givers
    }

    /// - Throws: `malformed`, `newerFormat`.
    init(_ bytes: [UInt8], subject: String) throws(VaultError) {
        guard bytes.count > Self.headByteCount, bytes.count <= Grant.maximumByteCount else {
            throw VaultError(.malformed, subject, "it is no grant")
        }
        guard bytes[0] == Self.version else {
            throw VaultError(
                bytes[0] > Self.version && bytes[0] < 32 ? .newerFormat : .malformed, subject,
                "it is no grant, or one of a later version of the program")
        }
        let length = bytes[1..<Self.headByteCount].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - Self.headByteCount else {
            throw VaultError(.malformed, subject, "it is cut short")
        }
        recipients = Array(bytes[Self.headByteCount..<Self.headByteCount + length])
        givers = Array(bytes[(Self.headByteCount + length)...])
    }

    /// 0x01, the length of the recipient's part as 4 bytes, most significant first, that part, and the giver's.
    var bytes: [UInt8] {
        var bytes = [Self.version]
        withUnsafeBytes(of: UInt32(recipients.count).bigEndian) { bytes.append(contentsOf: $0) }
        return bytes + recipients + givers
    }
}

// MARK: - The statement

/// The statement as JSON.
private struct Stored: Codable {
    struct Epoch: Codable {
        let number: UInt64
        let key: String
    }

    let format: UInt32
    let grant: String
    let vault: String
    let collection: String
    let collectionName: String
    let created: Int64
    let giver: String
    let recipient: String
    let epochs: [Epoch]
    let providers: [ProviderList.Provider]

    enum CodingKeys: String, CodingKey {
        case format, grant, vault, collection, created, giver, recipient, epochs, providers
        case collectionName = "collection_name"
    }

    init(_ grant: Grant) {
        format = Format.version
        self.grant = grant.id.hex
        vault = grant.vault.hex
        collection = grant.collection.hex
        collectionName = grant.collectionName
        created = grant.created.secondsSince1970
        giver = grant.giver.bytes.hex
        recipient = grant.recipient.bytes.hex
        epochs = grant.epochs.map {
            Epoch(number: $0.number, key: $0.key.withUnsafeBytes { [UInt8]($0).hex })
        }
        providers = grant.providers
    }

    var encoded: [UInt8] { GrantJSON.encode(self) }

    static func decode(_ bytes: [UInt8], subject: String) throws(VaultError) -> Grant {
        let stored = try GrantJSON.decode(Stored.self, bytes, subject: subject)
        guard let id = GrantID(hex: stored.grant), let vault = VaultID(hex: stored.vault),
            let collection = CollectionID(hex: stored.collection),
            let giver = [UInt8](hex: stored.giver).flatMap({ PublicIdentity($0) }),
            let recipient = [UInt8](hex: stored.recipient).flatMap({ PublicIdentity($0) })
        else { throw VaultError(.malformed, subject, "a key or a name in it is none") }
        let epochs = try stored.epochs.map { epoch throws(VaultError) in
            guard var key = [UInt8](hex: epoch.key), key.count == KeyDerivation.keyByteCount else {
                throw VaultError(.malformed, subject, "a collection's key in it is none")
            }
            return Grant.Epoch(number: epoch.number, key: SecretBytes(consuming: &key))
        }
        guard !epochs.isEmpty, zip(epochs, epochs.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            throw VaultError(.malformed, subject, "its epochs are none, or not in order")
        }
        return Grant(
            id: id, vault: vault, collection: collection, collectionName: stored.collectionName,
            created: UTCTime(secondsSince1970: stored.created), giver: giver, recipient: recipient,
            epochs: epochs, providers: stored.providers)
    }
}

/// JSON that tells its format.
enum GrantJSON {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("texts and numbers are always encodable")
        }
        return [UInt8](data)
    }

    /// - Throws: `malformed`, `newerFormat`.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], subject: String
    ) throws(VaultError) -> Value {
        guard let format = try? JSONDecoder().decode(FormatOnly.self, from: Data(bytes)).format else {
            throw VaultError(.malformed, subject, "it is no grant")
        }
        guard format > 0, format <= Format.version else {
            throw VaultError(
                .newerFormat, subject, "it has format \(format); this program reads \(Format.version)")
        }
        guard let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw VaultError(.malformed, subject, "it is no grant")
        }
        return value
    }

    private struct FormatOnly: Decodable {
        let format: UInt32
    }
}
