internal import Crypto

/// What the giver of a grant knows of it, who cannot open what is sealed for the recipient: to whom, of what, since
/// when, and what it says of the providers.
public struct GivenGrant: Sendable {
    public let id: GrantID
    /// What the giver calls the recipient.
    public let person: String
    public let recipient: PublicIdentity
    public let collection: CollectionID
    public let collectionName: String
    public let created: UTCTime
    /// The first epoch whose key the recipient has, and the newest.
    public let epochs: ClosedRange<UInt64>
    public let providers: [ProviderList.Provider]

    init(_ grant: Grant, person: String) {
        id = grant.id
        self.person = person
        recipient = grant.recipient
        collection = grant.collection
        collectionName = grant.collectionName
        created = grant.created
        epochs = grant.epochs[0].number...grant.newestEpoch
        providers = grant.providers
    }

    private struct Stored: Codable {
        let format: UInt32
        let grant: String
        let person: String
        let recipient: String
        let collection: String
        let collectionName: String
        let created: Int64
        let firstEpoch: UInt64
        let newestEpoch: UInt64
        let providers: [ProviderList.Provider]
        let sealedSHA256: String

        enum CodingKeys: String, CodingKey {
            case format, grant, person, recipient, collection, created, providers
            case collectionName = "collection_name"
            case firstEpoch = "first_epoch"
            case newestEpoch = "newest_epoch"
            case sealedSHA256 = "sealed_sha256"
        }
    }

    /// The giver's part of the stored object, bound to the recipient's.
    func sealed(beside box: [UInt8], keys: VaultKeys) -> [UInt8] {
        let stored = Stored(
            format: Format.version, grant: id.hex, person: person, recipient: recipient.bytes.hex,
            collection: collection.hex, collectionName: collectionName,
            created: created.secondsSince1970, firstEpoch: epochs.lowerBound,
            newestEpoch: epochs.upperBound, providers: providers, sealedSHA256: SHA256.hash(box).hex)
        return SealedMessage.seal(
            GrantJSON.encode(stored), under: keys.grantsKey, vault: keys.vault, role: .givenGrant)
    }

    /// Reads the stored object whose name tells this id.
    ///
    /// - Throws: `malformed`, `notAuthentic`, `newerFormat`.
    public init(_ bytes: [UInt8], named name: String, keys: VaultKeys, subject: String) throws(VaultError) {
        let parts = try GrantParts(bytes, subject: subject)
        let plaintext = try SealedMessage.open(
            parts.givers, under: keys.grantsKey, vault: keys.vault, role: .givenGrant, subject: subject)
        let stored = try GrantJSON.decode(Stored.self, plaintext, subject: subject)
        guard stored.grant == name, stored.sealedSHA256 == SHA256.hash(parts.recipients).hex else {
            throw VaultError(.notAuthentic, subject, "it is put together of others")
        }
        guard let id = GrantID(hex: stored.grant), let collection = CollectionID(hex: stored.collection),
            let recipient = [UInt8](hex: stored.recipient).flatMap({ PublicIdentity($0) }),
            stored.firstEpoch <= stored.newestEpoch
        else { throw VaultError(.malformed, subject, "a key or a name in it is none") }
        self.id = id
        person = stored.person
        self.recipient = recipient
        self.collection = collection
        collectionName = stored.collectionName
        created = UTCTime(secondsSince1970: stored.created)
        epochs = stored.firstEpoch...stored.newestEpoch
        providers = stored.providers
    }
}
