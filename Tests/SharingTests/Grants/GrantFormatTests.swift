import Crypto
import Foundation
import Testing

@testable import Vault

/// A grant opens for whom it was made, as it was made, and fails closed otherwise.
@Suite struct GrantFormatTests {
    private let giver = Keys()
    private let recipient: Identity
    private let grant: Grant
    private let bytes: [UInt8]
    private let name: ObjectName

    /// The keys of a vault.
    private struct Keys {
        let keys = VaultKeys(vault: .random(), masterKey: SecretBytes(randomCount: 32))
        let signingKey = SigningKey.random()
        let receivingKey = ReceivingKey.random()

        var identity: PublicIdentity {
            PublicIdentity(receivingKey: receivingKey.publicKey, signingKey: signingKey.publicKey)
        }

        func grant(to recipient: PublicIdentity, giver: PublicIdentity? = nil) -> Grant {
            Grant(
                id: .random(), vault: keys.vault, collection: keys.collectionID(name: "Trip"),
                collectionName: "Trip", created: .now(), giver: giver ?? identity, recipient: recipient,
                epochs: [2, 5].map { Grant.Epoch(number: $0, key: SecretBytes(randomCount: 32)) },
                providers: [ProviderList.Provider(name: "disk", path: "/media/disk")])
        }
    }

    init() throws {
        recipient = try .random()
        grant = giver.grant(to: recipient.publicIdentity)
        (name, bytes) = try grant.sealed(person: "Anna", by: giver.signingKey, keys: giver.keys)
    }

    private func open(_ bytes: [UInt8], for identity: Identity? = nil) throws -> Grant {
        try Grant(opening: bytes, for: identity ?? recipient, subject: "grant")
    }

    private func expectRefused(
        _ code: VaultError.Code, _ bytes: [UInt8], for identity: Identity? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(sourceLocation: sourceLocation) {
            try open(bytes, for: identity)
        } throws: {
            ($0 as? VaultError)?.code == code
        }
    }

    @Test func opensForItsRecipientAsItWasMade() throws {
        let opened = try open(bytes)
        #expect(opened.id == grant.id && opened.vault == grant.vault && opened.giver == giver.identity)
        #expect(opened.collection == grant.collection && opened.collectionName == "Trip")
        #expect(opened.recipient == recipient.publicIdentity && opened.providers == grant.providers)
        #expect(opened.epochs.map(\.number) == [2, 5] && opened.epochs.map(\.key) == grant.epochs.map(\.key))
        #expect(opened.key(ofEpoch: 5) == grant.epochs[1].key && opened.key(ofEpoch: 3) == nil)
    }

    @Test func itsGiverReadsAllOfItButTheKeys() throws {
        let given = try GivenGrant(bytes, named: grant.id.hex, keys: giver.keys, subject: "grant")
        #expect(given.person == "Anna" && given.recipient == recipient.publicIdentity)
        #expect(given.collectionName == "Trip" && given.epochs == 2...5 && given.id == grant.id)
        #expect(given.providers == grant.providers)
        #expect(throws: VaultError.self) {
            try GivenGrant(bytes, named: GrantID.random().hex, keys: giver.keys, subject: "grant")
        }
        #expect(throws: VaultError.self) {
            try GivenGrant(bytes, named: grant.id.hex, keys: Keys().keys, subject: "grant")
        }
    }

    @Test func neitherNamesNorKeysAreReadable() throws {
        let data = Data(bytes)
        for text in ["Anna", "Trip", "disk", grant.vault.hex] {
            #expect(data.range(of: Data(text.utf8)) == nil, "\(text) is readable")
        }
        #expect(name.key.rawValue.hasPrefix("grants/\(grant.id.hex)-"))
    }

    @Test func isRefusedByAnotherPerson() throws {
        expectRefused(.notAuthentic, bytes, for: try .random())
    }

    /// A recipient seals what was signed for them for somebody else: it is not passed on as the giver's word.
    @Test func isRefusedWhenItsRecipientPassesItOn() throws {
        let parts = try GrantParts(bytes, subject: "grant")
        let other = try Identity.random()
        let box = try other.publicIdentity.receivingKey.seal(recipient.receivingKey.open(parts.recipients))
        expectRefused(
            .notAuthentic, GrantParts(recipients: box, givers: parts.givers).bytes, for: other)
    }

    /// Somebody else's grant in the giver's name: the signature is not that of the key it names.
    @Test func isRefusedWithASwappedGiver() throws {
        let forged = try giver.grant(to: recipient.publicIdentity)
            .sealed(person: "Anna", by: .random(), keys: giver.keys)
        expectRefused(.notAuthentic, forged.bytes)
        // Honestly signed by another, it opens, and shows the other's verification ID.
        let other = Keys()
        let signed = try other.grant(to: recipient.publicIdentity)
            .sealed(person: "Anna", by: other.signingKey, keys: other.keys)
        #expect(try open(signed.bytes).giver.verificationID != giver.identity.verificationID)
        #expect(throws: VaultError.self) {
            try GivenGrant(signed.bytes, named: grant.id.hex, keys: giver.keys, subject: "grant")
        }
    }

    @Test func isRefusedWithAnyByteOfTheRecipientsPartChanged() throws {
        let parts = try GrantParts(bytes, subject: "grant")
        for place in stride(from: 0, to: parts.recipients.count, by: 37) {
            var box = parts.recipients
            box[place] ^= 1
            expectRefused(.notAuthentic, GrantParts(recipients: box, givers: parts.givers).bytes)
        }
    }

    @Test func isRefusedCutShortOrOfALaterVersion() throws {
        for count in [0, 1, 4, 5, 6, 100] {
            #expect(throws: VaultError.self) { try open(Array(bytes.prefix(count))) }
        }
        var later = bytes
        later[0] = 2
        expectRefused(.newerFormat, later)
        expectRefused(.malformed, Array("-----BEGIN".utf8))
    }

    @Test func aPartOfAnotherGrantIsNotBelieved() throws {
        let other = try giver.grant(to: recipient.publicIdentity)
            .sealed(person: "Anna", by: giver.signingKey, keys: giver.keys)
        let mixed = GrantParts(
            recipients: try GrantParts(other.bytes, subject: "grant").recipients,
            givers: try GrantParts(bytes, subject: "grant").givers
        ).bytes
        #expect(throws: VaultError.self) {
            try GivenGrant(mixed, named: grant.id.hex, keys: giver.keys, subject: "grant")
        }
    }
}
