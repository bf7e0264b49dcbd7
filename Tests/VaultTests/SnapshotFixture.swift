import Crypto
import Foundation
import ObjectStore
import SwiftProtobuf

@testable import Vault

/// A snapshot with something in every field, and changes to it that only the owner could make.
enum SnapshotFixture {
    static let snapshot: Snapshot = {
        var snapshot = Snapshot(
            collection: TestVault.collection.id, device: TestVault.keys.deviceID(name: "studio"))
        snapshot.collectionName = "Weddings"
        snapshot.host = "studio"
        snapshot.started = 1_795_282_000_123_456_789
        snapshot.finished = 1_795_282_080_999_999_999
        snapshot.tags = ["raw", "naïve \u{1F4F7}"]
        snapshot.fileCount = 12_345
        snapshot.directoryCount = 67
        snapshot.linkCount = 8
        snapshot.byteCount = 9_876_543_210
        snapshot.pages = [
            Snapshot.PageReference(reference: .example(1), lastPath: path("Weddings/a"), entryCount: 1000),
            Snapshot.PageReference(reference: .example(2), lastPath: path("Weddings/b/c.jpg"), entryCount: 1),
        ]
        snapshot.heads = [
            Head(
                collection: TestVault.keys.collectionID(name: "Birthdays"),
                device: TestVault.keys.deviceID(name: "laptop"),
                snapshot: SnapshotID(time: TestVault.time, digest: .repeating(9)))
        ]
        snapshot.unreadable = [Snapshot.Unreadable(path: path("Weddings/x"), reason: "permission denied")]
        snapshot.parent = SnapshotID(time: TestVault.time, digest: .repeating(7))
        snapshot.program = "photobackup 1.0"
        snapshot.named = [
            ObjectName.keyring(sequence: 1, .repeating(5)).key,
            ObjectName.inventory(TestVault.time, .repeating(6)).key,
        ]
        return snapshot
    }()

    static let sealed = snapshot.sealed(
        in: TestVault.collection, vault: TestVault.id, by: TestVault.signingKey)

    static func read(
        _ bytes: [UInt8], vault: VaultID = TestVault.id, key: VerificationKey = TestVault.publicKey
    ) throws -> SealedSnapshot {
        try SealedSnapshot(bytes, vault: vault, key: key, subject: "snapshot")
    }

    static func open(_ bytes: [UInt8]) throws -> Snapshot { try read(bytes).open(keys: TestVault.keys) }

    static var stored: ProtoSnapshot { try! ProtoSnapshot(serializedBytes: sealed.bytes) }

    /// The object with this header and sealed body, signed; the signature's message is written down a second
    /// time.
    static func signed(header: [UInt8], body: [UInt8]) -> [UInt8] {
        var message = Array("photobackup/1 snapshot\0".utf8) + [UInt8](repeating: 0, count: 8)
        withUnsafeBytes(of: UInt32(header.count).bigEndian) { message += Array($0) }
        var stored = ProtoSnapshot()
        stored.header = Data(header)
        stored.body = Data(body)
        stored.signature = Data(TestVault.signingKey.sign(message + header + body))
        return stored.encoded
    }

    /// The snapshot with another header, signed.
    static func withHeader(_ change: (inout ProtoSnapshotHeader) throws -> Void) throws -> [UInt8] {
        var header = try ProtoSnapshotHeader(serializedBytes: stored.header)
        try change(&header)
        return signed(header: header.encoded, body: [UInt8](stored.body))
    }

    static func sealedBody(_ plaintext: [UInt8]) -> [UInt8] {
        SealedMessage.seal(
            plaintext, under: TestVault.collection.currentEpoch.key, vault: TestVault.id, role: .snapshot)
    }

    /// The snapshot with another body, sealed and signed.
    static func withBody(_ change: (inout ProtoSnapshotBody) throws -> Void) throws -> [UInt8] {
        var body = ProtoSnapshotBody(snapshot)
        try change(&body)
        return signed(header: [UInt8](stored.header), body: sealedBody(body.encoded))
    }
}
