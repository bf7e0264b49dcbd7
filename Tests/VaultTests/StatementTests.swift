import Crypto
import Foundation
import ObjectStore
import SwiftProtobuf
import Testing

@testable import Vault

@Suite("Inventories and tombstones")
struct StatementTests {
    static let inventory = Inventory(
        vault: TestVault.id, created: TestVault.time,
        packs: [
            Inventory.Pack(digest: .repeating(1), byteCount: 16 << 20, isMeta: false),
            Inventory.Pack(digest: .repeating(2), byteCount: 0, isMeta: true),
            Inventory.Pack(digest: .repeating(3), byteCount: Format.maximumPackByteCount, isMeta: false),
        ], heads: SnapshotFixture.snapshot.heads, named: SnapshotFixture.snapshot.named)

    static let tombstone = Tombstone(
        vault: TestVault.id, created: TestVault.time,
        objects: [
            ObjectName.pack(.repeating(1)).key,
            ObjectName.snapshot(TestVault.collection.id, TestVault.time, .repeating(2)).key,
        ], state: .deleting)

    private func inventory(
        _ bytes: [UInt8], vault: VaultID = TestVault.id, key: VerificationKey = TestVault.publicKey
    ) throws -> Inventory {
        try Inventory(bytes, named: TestVault.time, vault: vault, key: key, subject: "inventory")
    }

    private func tombstone(
        _ bytes: [UInt8], vault: VaultID = TestVault.id, key: VerificationKey = TestVault.publicKey
    ) throws -> Tombstone {
        try Tombstone(bytes, named: TestVault.time, vault: vault, key: key, subject: "tombstone")
    }

    /// A statement as only the owner could have signed it; the signature's message is written down a second time.
    static func signed(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        let message = Array("photobackup/1 \(kind)\0".utf8) + [UInt8](repeating: 0, count: 8) + content
        var stored = ProtoSignedStatement()
        stored.statement = Data(content)
        stored.signature = Data(TestVault.signingKey.sign(message))
        return stored.encoded
    }

    private func inventory(changed change: (inout ProtoInventory) throws -> Void) throws -> Inventory {
        var stored = Self.inventory.stored
        try change(&stored)
        return try inventory(Self.signed("inventory", stored.encoded))
    }

    private func tombstone(changed change: (inout ProtoTombstone) throws -> Void) throws -> Tombstone {
        var stored = Self.tombstone.stored
        try change(&stored)
        return try tombstone(Self.signed("tombstone", stored.encoded))
    }

    @Test("are read back as they were")
    func roundTrip() throws {
        let (inventoryName, inventoryBytes) = Self.inventory.sealed(by: TestVault.signingKey)
        #expect(try inventory(inventoryBytes) == Self.inventory)
        #expect(inventoryName == .inventory(TestVault.time, SHA256.hash(inventoryBytes)))
        #expect(Self.inventory.packs[0].name == .pack(.repeating(1)))
        #expect(Self.inventory.packs[1].name == .metaPack(.repeating(2)))

        let (tombstoneName, tombstoneBytes) = Self.tombstone.sealed(by: TestVault.signingKey)
        #expect(try tombstone(tombstoneBytes) == Self.tombstone)
        #expect(tombstoneName == .tombstone(TestVault.time, SHA256.hash(tombstoneBytes)))
    }

    @Test("of nothing are read back")
    func empty() throws {
        let inventory = Inventory(vault: TestVault.id, created: TestVault.time, packs: [], heads: [])
        #expect(try self.inventory(inventory.sealed(by: TestVault.signingKey).bytes) == inventory)
        let tombstone = Tombstone(vault: TestVault.id, created: TestVault.time, objects: [], state: .marked)
        #expect(try self.tombstone(tombstone.sealed(by: TestVault.signingKey).bytes) == tombstone)
    }

    @Test("with any byte changed are refused")
    func everyByte() {
        expectEveryChangeRefused(of: Self.inventory.sealed(by: TestVault.signingKey).bytes) {
            _ = try inventory($0)
        }
        expectEveryChangeRefused(of: Self.tombstone.sealed(by: TestVault.signingKey).bytes) {
            _ = try tombstone($0)
        }
    }

    @Test("by another signer, or of another vault, are refused")
    func otherSigner() {
        let signingKey = SigningKey.random()
        expectError(.notAuthentic) { try inventory(Self.inventory.sealed(by: signingKey).bytes) }
        expectError(.notAuthentic) { try tombstone(Self.tombstone.sealed(by: signingKey).bytes) }
        let inventoryBytes = Self.inventory.sealed(by: TestVault.signingKey).bytes
        expectError(.otherVault) { try inventory(inventoryBytes, vault: TestVault.other) }
        let tombstoneBytes = Self.tombstone.sealed(by: TestVault.signingKey).bytes
        expectError(.otherVault) { try tombstone(tombstoneBytes, vault: TestVault.other) }
    }

    @Test("do not pass for each other, or for a snapshot")
    func otherKind() throws {
        let inventoryBytes = Self.inventory.sealed(by: TestVault.signingKey).bytes
        let tombstoneBytes = Self.tombstone.sealed(by: TestVault.signingKey).bytes
        expectError(.notAuthentic) { try tombstone(inventoryBytes) }
        expectError(.notAuthentic) { try inventory(tombstoneBytes) }
        expectError(.notAuthentic) { try SnapshotFixture.read(inventoryBytes) }
        expectError(.malformed) { try inventory(SnapshotFixture.sealed.bytes) }
        // The content of one, signed as what it is, is not the other either.
        expectError(.notAuthentic) { try tombstone(Self.signed("inventory", Self.tombstone.stored.encoded)) }
        #expect(try tombstone(Self.signed("tombstone", Self.tombstone.stored.encoded)) == Self.tombstone)
    }

    @Test("of a newer format are refused as such")
    func newerFormat() {
        expectError(.newerFormat) { try inventory { $0.format = 2 } }
        expectError(.newerFormat) { try tombstone { $0.format = .max } }
    }

    @Test("with fields that this version does not know are read")
    func unknownFields() throws {
        let field: [UInt8] = [0xf8, 0x06, 0x2a]  // field 111, a number: 42
        let read = try inventory { $0 = try .init(serializedBytes: $0.encoded + field) }
        #expect(read == Self.inventory)
        let stone = try tombstone { $0 = try .init(serializedBytes: $0.encoded + field) }
        #expect(stone == Self.tombstone)
    }

    @Test("that list what is no pack, or name no vault, are malformed, whoever signed")
    func malformedInventory() {
        let tooLarge = UInt32(Format.maximumPackByteCount + 1)
        expectError(.malformed) { try inventory { $0.packs[0].sha256.removeLast() } }
        expectError(.malformed) { try inventory { $0.packs[0].sha256.append(0) } }
        expectError(.malformed) { try inventory { $0.packs.append(ProtoPackRecord()) } }
        expectError(.malformed) { try inventory { $0.packs[0].size = tooLarge } }
        expectError(.malformed) { try inventory { $0.packs[0].size = .max } }
        expectError(.malformed) { try inventory { $0.vaultID.removeLast() } }
        expectError(.malformed) { try inventory { $0.vaultID = Data() } }
    }

    @Test(
        "that name what is no object are malformed, whoever signed",
        arguments: ["", "/", "a/../b", "A", "a b", "a//b"])
    func malformedTombstone(_ name: String) {
        expectError(.malformed) { try tombstone { $0.objects.append(name) } }
    }

    @Test("in a state that this version does not know do not delete")
    func unknownState() throws {
        #expect(try tombstone { $0.state = .UNRECOGNIZED(7) }.state == .marked)
        #expect(try tombstone { $0.state = .marked }.state == .marked)
    }

    @Test("leave out a head that is none")
    func hints() throws {
        let read = try inventory { inventory in
            inventory.heads.append(ProtoHead())
            inventory.heads.append(inventory.heads[0])
            inventory.heads[2].collectionID.removeLast()
        }
        #expect(read.heads == Self.inventory.heads)
    }

    @Test("a name that tells another time than what is signed is refused")
    func namesThatLie() {
        let later = TestVault.time.advanced(bySeconds: 1)
        let inventory = Self.inventory.sealed(by: TestVault.signingKey).bytes
        expectError(.notAuthentic) {
            try Inventory(
                inventory, named: later, vault: TestVault.id, key: TestVault.publicKey, subject: "inventory")
        }
        let tombstone = Self.tombstone.sealed(by: TestVault.signingKey).bytes
        expectError(.notAuthentic) {
            try Tombstone(
                tombstone, named: later, vault: TestVault.id, key: TestVault.publicKey, subject: "tombstone")
        }
    }
}
