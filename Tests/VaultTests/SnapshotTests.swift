import Crypto
import Foundation
import SwiftProtobuf
import Testing

@testable import Vault

@Suite("Snapshots")
struct SnapshotTests {
    typealias Fixture = SnapshotFixture

    @Test("are read back with everything that was in them")
    func roundTrip() throws {
        let (id, bytes) = Fixture.sealed
        let sealed = try Fixture.read(bytes)
        #expect(sealed.vault == TestVault.id)
        #expect(sealed.collection == TestVault.collection.id)
        #expect(sealed.epoch == 1)

        let read = try sealed.open(keys: TestVault.keys)
        let made = Fixture.snapshot
        #expect(read.collection == made.collection)
        #expect(read.device == made.device)
        #expect(read.collectionName == "Weddings")
        #expect(read.host == "studio")
        #expect(read.started == made.started)
        #expect(read.finished == made.finished)
        #expect(read.tags == made.tags)
        #expect(read.fileCount == 12_345)
        #expect(read.directoryCount == 67)
        #expect(read.linkCount == 8)
        #expect(read.byteCount == made.byteCount)
        #expect(read.pages == made.pages)
        #expect(read.heads == made.heads)
        #expect(read.unreadable == made.unreadable)
        #expect(read.parent == made.parent)
        #expect(read.program == made.program)
        #expect(id == SnapshotID(time: read.time, digest: SHA256.hash(bytes)))
        #expect(read.time == TestVault.time)
        // In plain, for who has no key.
        #expect(sealed.named == made.named && read.named == made.named)
        #expect(sealed.created == made.time)
        try sealed.check(is: id, of: TestVault.collection.id)
    }

    @Test("whose header tells another time than the body are refused")
    func twoTimes() throws {
        let bytes = try Fixture.withHeader { $0.created += 1 }
        let sealed = try Fixture.read(bytes)
        let (collection, time) = (TestVault.collection.id, Fixture.snapshot.time)
        let (id, later) = (
            SnapshotID(time: time, digest: SHA256.hash(bytes)),
            SnapshotID(time: time.advanced(bySeconds: 1), digest: SHA256.hash(bytes))
        )
        expectError(.notAuthentic) { try sealed.check(is: id, of: collection) }
        expectError(.notAuthentic) { try sealed.open(as: id, of: collection, keys: TestVault.keys) }
        try sealed.check(is: later, of: collection)
        expectError(.malformed) { try sealed.open(as: later, of: collection, keys: TestVault.keys) }
    }

    @Test("names of no form are passed over, and cost nothing else")
    func namesOfNoForm() throws {
        let read = try Fixture.read(try Fixture.withHeader { $0.named.insert("../no name", at: 0) })
        #expect(read.named == Fixture.snapshot.named)
    }

    @Test("of nothing are read back")
    func empty() throws {
        let empty = Snapshot(collection: TestVault.collection.id, device: Fixture.snapshot.device)
        let (id, bytes) = empty.sealed(
            in: TestVault.collection, vault: TestVault.id, by: TestVault.signingKey)
        let read = try Fixture.open(bytes)
        #expect(read.pages.isEmpty && read.heads.isEmpty && read.unreadable.isEmpty && read.parent == nil)
        #expect(id.time == UTCTime(secondsSince1970: 0))
    }

    @Test("keep everything but vault, collection and epoch to who has the key")
    func secret() {
        let bytes = Fixture.sealed.bytes
        for text in ["Weddings", "studio", "raw", "permission", "photobackup"] {
            #expect(bytes.firstRange(of: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("have an id that reads back, and sort by time")
    func identifier() {
        let id = Fixture.sealed.id
        #expect(SnapshotID(id.description) == id)
        #expect(id.description.hasPrefix("20261121-172800-"))
        #expect(id.short == String(id.digest.hex.prefix(8)))
        let text = id.description
        for wrong in ["", "x" + text, String(text.dropLast()), text + "0", String(text.dropFirst(16))] {
            #expect(SnapshotID(wrong) == nil)
        }
        #expect(SnapshotID(text.replacingOccurrences(of: "00-", with: "00_")) == nil)
        let earlier = SnapshotID(time: TestVault.time.advanced(bySeconds: -1), digest: .repeating(255))
        #expect(earlier < SnapshotID(time: TestVault.time, digest: .repeating(0)))
        #expect(
            SnapshotID(time: TestVault.time, digest: .repeating(1))
                < SnapshotID(time: TestVault.time, digest: .repeating(2)))
    }

    @Test("with any byte changed are refused")
    func everyByte() {
        expectEveryChangeRefused(of: Fixture.sealed.bytes) { _ = try Fixture.read($0) }
    }

    @Test("of another vault or signer are refused")
    func otherVault() throws {
        let bytes = Fixture.sealed.bytes
        expectError(.otherVault) { try Fixture.read(bytes, vault: TestVault.other) }
        expectError(.notAuthentic) { try Fixture.read(bytes, key: SigningKey.random().publicKey) }
        let otherMaster = VaultKeys(vault: TestVault.id, masterKey: SecretBytes(randomCount: 32))
        expectError(.notAuthentic) { try Fixture.read(bytes).open(keys: otherMaster) }
    }

    @Test("with the header, body or signature of another snapshot are refused")
    func mixed() throws {
        let birthdays = VaultCollection.make(name: "Birthdays", keys: TestVault.keys)
        var snapshot = Fixture.snapshot
        snapshot.collection = birthdays.id
        let other = try ProtoSnapshot(
            serializedBytes: snapshot.sealed(
                in: birthdays, vault: TestVault.id, by: TestVault.signingKey
            ).bytes)
        let changes: [(inout ProtoSnapshot) -> Void] = [
            { $0.header = other.header }, { $0.body = other.body }, { $0.signature = other.signature },
            { $0.header = Data() }, { $0.body = Data() }, { $0.signature = Data() },
            {
                // The same bytes in a row, but cut elsewhere.
                $0.header.append($0.body.removeFirst())
                $0.body = Data($0.body)
            },
        ]
        for change in changes {
            var stored = Fixture.stored
            change(&stored)
            expectError(.notAuthentic) { try Fixture.read(stored.encoded) }
        }
        // Signed by the owner, the body of one does not open under the header of the other.
        let bytes = Fixture.signed(header: [UInt8](other.header), body: [UInt8](Fixture.stored.body))
        expectError(.notAuthentic) { try Fixture.open(bytes) }
    }

    @Test("with a wrapped key of another epoch, collection or vault are refused, whoever signed")
    func otherWrappedKey() throws {
        let id = TestVault.collection.id
        let key = TestVault.collection.currentEpoch.key
        let otherID = TestVault.keys.collectionID(name: "Birthdays")
        let purposes = [
            VaultCollection.purpose(TestVault.id, id, 2), VaultCollection.purpose(TestVault.id, otherID, 1),
            VaultCollection.purpose(TestVault.other, id, 1),
        ]
        for purpose in purposes {
            let wrapped = WrappedKey(wrapping: key, under: TestVault.keys.masterKey, purpose: purpose)
            let bytes = try Fixture.withHeader { $0.wrappedCollectionKey = Data(wrapped.bytes) }
            expectError(.notAuthentic) { try Fixture.open(bytes) }
        }
        expectError(.notAuthentic) { try Fixture.open(Fixture.withHeader { $0.epoch = 2 }) }
        expectError(.notAuthentic) {
            try Fixture.open(Fixture.withHeader { $0.collectionID = Data(otherID.bytes) })
        }
    }

    @Test("of a newer format are refused as such")
    func newerFormat() throws {
        expectError(.newerFormat) { try Fixture.read(Fixture.withHeader { $0.format = 2 }) }
        expectError(.otherVault) {
            try Fixture.read(Fixture.withHeader { $0.vaultID = Data(TestVault.other.bytes) })
        }
    }

    @Test("with fields that this version does not know are read")
    func unknownFields() throws {
        let field: [UInt8] = [0xf8, 0x06, 0x2a]  // field 111, a number: 42
        let header = try Fixture.withHeader { $0 = try .init(serializedBytes: $0.encoded + field) }
        #expect(try Fixture.open(header).host == "studio")
        let body = try Fixture.withBody { $0 = try .init(serializedBytes: $0.encoded + field) }
        #expect(try Fixture.open(body).host == "studio")
    }

    @Test("with a field missing or of another length in the header are malformed, whoever signed")
    func malformedHeader() throws {
        let changes: [(inout ProtoSnapshotHeader) -> Void] = [
            { $0.vaultID.removeLast() }, { $0.vaultID = Data() }, { $0.collectionID.append(0) },
            { $0.collectionID = Data() }, { $0.wrappedCollectionKey.removeLast() },
            { $0.wrappedCollectionKey.append(0) }, { $0.wrappedCollectionKey = Data() },
        ]
        for change in changes {
            expectError(.malformed) { try Fixture.read(Fixture.withHeader(change)) }
        }
    }

    @Test("with a body that is not one are malformed, whoever signed")
    func malformedBody() throws {
        let changes: [(inout ProtoSnapshotBody) -> Void] = [
            { $0.deviceID.removeLast() }, { $0.deviceID = Data() }, { $0.pages.swapAt(0, 1) },
            { $0.pages[1].lastPath = $0.pages[0].lastPath }, { $0.pages[0].lastPath = Data("..".utf8) },
            { $0.pages[0].lastPath = Data() }, { $0.pages[0].reference.key.removeLast() },
            { $0.pages[0].clearReference() }, { $0.unreadable[0].path = Data("a/../b".utf8) },
        ]
        for (number, change) in changes.enumerated() {
            expectError(.malformed, "change \(number)") { try Fixture.open(Fixture.withBody(change)) }
        }
        let header = [UInt8](Fixture.stored.header)
        let noMessage = Fixture.signed(header: header, body: Fixture.sealedBody([0xff]))
        expectError(.malformed) { try Fixture.open(noMessage) }
        let cut = Fixture.signed(header: header, body: Array(Fixture.stored.body.prefix(40)))
        expectError(.malformed) { try Fixture.open(cut) }
    }

    @Test("leave out a head that is none, and a parent that is none")
    func hints() throws {
        let bytes = try Fixture.withBody { body in
            body.heads += [ProtoHead(), body.heads[0], body.heads[0]]
            body.heads[2].deviceID.removeLast()
            body.heads[3].snapshot = "the newest"
            body.parent = "none"
        }
        let read = try Fixture.open(bytes)
        #expect(read.heads == Fixture.snapshot.heads)
        #expect(read.parent == nil)
    }

    @Test("with counts that no machine has are read")
    func hugeCounts() throws {
        let read = try Fixture.open(
            Fixture.withBody {
                $0.fileCount = .max
                $0.byteCount = .max
                $0.finished = .min
            })
        // Held where they can still be added up.
        #expect(read.fileCount == 1 << 48)
        #expect(read.byteCount == 1 << 60)
    }

    @Test("a snapshot under another time or in another collection's folder is refused")
    func namesThatLie() throws {
        let (id, bytes) = SnapshotFixture.snapshot.sealed(
            in: TestVault.collection, vault: TestVault.id, by: TestVault.signingKey)
        let sealed = try SealedSnapshot(
            bytes, vault: TestVault.id, key: TestVault.publicKey, subject: "snapshot")
        let collection = TestVault.collection.id
        #expect(try sealed.open(as: id, of: collection, keys: TestVault.keys).collection == collection)
        let later = SnapshotID(time: id.time.advanced(bySeconds: 1), digest: id.digest)
        expectError(.notAuthentic) { try sealed.open(as: later, of: collection, keys: TestVault.keys) }
        let other = TestVault.keys.collectionID(name: "another")
        expectError(.notAuthentic) { try sealed.open(as: id, of: other, keys: TestVault.keys) }
    }
}
