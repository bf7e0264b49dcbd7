import Crypto
import Foundation
import SwiftProtobuf
import Testing

@testable import Vault

@Suite("Collections")
struct CollectionTests {
    private let keys = TestVault.keys
    private let collection = TestVault.collection

    private func read(
        _ bytes: [UInt8], as id: CollectionID? = nil, sequence: UInt32 = 1, keys: VaultKeys = TestVault.keys
    ) throws -> VaultCollection {
        try VaultCollection(
            bytes, named: id ?? collection.id, sequence: sequence, keys: keys, subject: "collection")
    }

    /// The stored collection after `change`, with the MAC that only the owner could make.
    private func authenticated(_ change: (inout ProtoCollection) throws -> Void) throws -> [UInt8] {
        var stored = try ProtoAuthenticatedRecord(serializedBytes: collection.sealed(keys: keys).bytes)
        var record = try ProtoCollection(serializedBytes: stored.record)
        try change(&record)
        stored.record = Data(record.encoded)
        let message =
            Array("photobackup/1 collection-record\0".utf8) + [UInt8](repeating: 0, count: 8)
            + [UInt8](stored.record)
        stored.mac = Data(HMACSHA256.authenticate(message.span.bytes, key: keys.recordKey))
        return stored.encoded
    }

    /// An epoch as it is stored, wrapped for the collection and number that are given.
    private func epoch(
        _ number: UInt64, key: SecretBytes, wrappedAs wrappedNumber: UInt64? = nil,
        for id: CollectionID? = nil, vault: VaultID = TestVault.id
    ) -> ProtoCollectionEpoch {
        var stored = ProtoCollectionEpoch()
        stored.number = number
        let purpose = VaultCollection.purpose(vault, id ?? collection.id, wrappedNumber ?? number)
        stored.wrappedKey = Data(WrappedKey(wrapping: key, under: keys.masterKey, purpose: purpose).bytes)
        return stored
    }

    private func settings(name: String, under key: SecretBytes, role: ChunkRole = .collectionSettings) -> Data
    {
        var settings = ProtoCollectionSettings()
        settings.name = name
        return Data(SealedMessage.seal(settings.encoded, under: key, vault: keys.vault, role: role))
    }

    @Test("are read back with their name and key")
    func roundTrip() throws {
        let (name, bytes) = collection.sealed(keys: keys)
        let read = try read(bytes)
        #expect(read.id == collection.id)
        #expect(read.name == "Weddings")
        #expect(read.sequence == 1)
        #expect(read.epochs.map(\.number) == [1])
        #expect(read.currentEpoch.key == collection.currentEpoch.key)
        #expect(name == .collection(collection.id, sequence: 1, SHA256.hash(bytes)))
    }

    @Test("have the same id on every machine, and another in another vault or of another name")
    func identifier() {
        let id = keys.collectionID(name: "Weddings")
        #expect(collection.id == id)
        #expect(VaultCollection.make(name: "Weddings", keys: keys).id == id)
        #expect(keys.collectionID(name: "weddings") != id)
        #expect(keys.deviceID(name: "Weddings").bytes != id.bytes)
        let other = VaultKeys(vault: TestVault.other, masterKey: keys.masterKey)
        #expect(other.collectionID(name: "Weddings") != id)
        let key = VaultCollection.make(name: "Weddings", keys: keys).currentEpoch.key
        #expect(key != collection.currentEpoch.key)
    }

    @Test("keep their name and key from whoever has not the master key")
    func secret() {
        let (_, bytes) = collection.sealed(keys: keys)
        #expect(bytes.firstRange(of: Array("Weddings".utf8)) == nil)
        let key = collection.currentEpoch.key.withUnsafeBytes { [UInt8]($0) }
        #expect(bytes.firstRange(of: key) == nil)
    }

    @Test("with any byte changed are refused")
    func everyByte() {
        expectEveryChangeRefused(of: collection.sealed(keys: keys).bytes) { _ = try read($0) }
    }

    @Test("under another sequence number than they were written with are refused", arguments: [0, 2, .max])
    func renamed(_ sequence: UInt32) {
        // Else a provider could make an old record, with the keys of an old epoch, the current one.
        expectError(.notAuthentic) { try read(collection.sealed(keys: keys).bytes, sequence: sequence) }
    }

    @Test("of another vault are refused, also where it has the same master key")
    func otherVault() throws {
        let bytes = collection.sealed(keys: keys).bytes
        let sameMaster = VaultKeys(vault: TestVault.other, masterKey: keys.masterKey)
        expectError(.notAuthentic) { try read(bytes, keys: sameMaster) }
        let otherMaster = VaultKeys(vault: keys.vault, masterKey: SecretBytes(randomCount: 32))
        expectError(.notAuthentic) { try read(bytes, keys: otherMaster) }
        expectError(.otherVault) { try read(authenticated { $0.vaultID = Data(TestVault.other.bytes) }) }
    }

    @Test("of a newer format are refused as such")
    func newerFormat() throws {
        expectError(.newerFormat) { try read(authenticated { $0.format = 2 }) }
    }

    @Test("with fields that this version does not know are read")
    func unknownFields() throws {
        let bytes = try authenticated { record in
            let extended = record.encoded + [0xf8, 0x06, 0x2a]  // field 111, a number: 42
            record = try ProtoCollection(serializedBytes: extended)
        }
        #expect(try read(bytes).name == "Weddings")
    }

    @Test("have their epochs in order, and are sealed under the newest")
    func epochs() throws {
        let newest = SecretBytes(randomCount: 32)
        let bytes = try authenticated { record in
            record.epochs = [
                epoch(300, key: newest), record.epochs[0], epoch(2, key: .init(randomCount: 32)),
            ]
            record.settings = settings(name: "After two grants", under: newest)
        }
        let read = try read(bytes)
        #expect(read.epochs.map(\.number) == [1, 2, 300])
        #expect(read.currentEpoch.key == newest)
        #expect(read.epochs[0].key == collection.currentEpoch.key)
        #expect(read.name == "After two grants")
        let again = try self.read(read.sealed(keys: keys).bytes)
        #expect(again.epochs.map(\.key) == read.epochs.map(\.key))
        #expect(again.name == read.name)
    }

    @Test("with a key of another epoch, collection or vault are refused, whoever made the MAC")
    func otherWrappedKey() throws {
        let key = collection.currentEpoch.key
        let otherID = keys.collectionID(name: "Birthdays")
        expectError(.notAuthentic) { try read(authenticated { $0.epochs[0].number = 2 }) }
        expectError(.notAuthentic) {
            try read(authenticated { $0.epochs = [epoch(1, key: key, wrappedAs: 2)] })
        }
        expectError(.notAuthentic) {
            try read(authenticated { $0.epochs = [epoch(1, key: key, for: otherID)] })
        }
        expectError(.notAuthentic) {
            try read(authenticated { $0.epochs = [epoch(1, key: key, vault: TestVault.other)] })
        }
        expectError(.notAuthentic) { try read(authenticated { $0.collectionID = Data(otherID.bytes) }) }
    }

    @Test("with settings under another key, or in another role, are refused, whoever made the MAC")
    func otherSettings() throws {
        let key = collection.currentEpoch.key
        expectError(.notAuthentic) {
            try read(authenticated { $0.settings = settings(name: "A", under: .init(randomCount: 32)) })
        }
        expectError(.notAuthentic) {
            try read(authenticated { $0.settings = settings(name: "A", under: key, role: .snapshot) })
        }
        // Sealed under the first epoch's key although there is a second.
        expectError(.notAuthentic) {
            try read(authenticated { $0.epochs.append(epoch(2, key: .init(randomCount: 32))) })
        }
    }

    @Test("with a field missing or of another length are refused, whoever made the MAC")
    func malformed() throws {
        expectError(.malformed) { try read(authenticated { $0.epochs = [] }) }
        expectError(.malformed) { try read(authenticated { $0.collectionID.removeLast() }) }
        expectError(.malformed) { try read(authenticated { $0.vaultID.append(0) }) }
        expectError(.malformed) { try read(authenticated { $0.settings = Data() }) }
        expectError(.malformed) { try read(authenticated { $0.settings = $0.settings.prefix(40) }) }
        expectError(.notAuthentic) { try read(authenticated { $0.epochs[0].wrappedKey.removeLast() }) }
        expectError(.notAuthentic) { try read([]) }
        expectError(.malformed) { try read(Array("<html>".utf8)) }
    }

    @Test("a record in another collection's folder is refused")
    func otherFolder() {
        let other = keys.collectionID(name: "another")
        expectError(.notAuthentic) { try read(collection.sealed(keys: keys).bytes, as: other) }
    }

    @Test("both Unicode forms of a name are one collection")
    func unicodeForms() {
        #expect(keys.collectionID(name: "Caf\u{e9}") == keys.collectionID(name: "Cafe\u{301}"))
    }
}
