import Crypto
import Foundation
import ObjectStore
import SoakTesting
import SwiftProtobuf
import Testing

@testable import Vault

/// Seeded changes, 20,000 of them unless the environment says otherwise, to each kind of stored object. None may crash a reader; of what is signed, sealed or
/// has a MAC, none may be believed.
@Suite("Stored objects that were changed at random")
struct MutationTests {
    static let seeds = Array(Soak.seeds("MUTATION_SEEDS", default: 4))
    private static let countPerSeed = Soak.count("MUTATIONS", default: 5_000)

    /// Gives changed bytes to `read`, which is to throw a `VaultError`, or to check what it got: it returns what is
    /// wrong with that, or nil. Ends with the first change that shows something.
    private func mutate(
        _ original: [UInt8], donor: [UInt8], seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
        _ read: ([UInt8]) throws -> String?
    ) {
        var generator = SeededGenerator(seed: seed)
        for number in 0..<Self.countPerSeed {
            let changed = Mutation.apply(to: original, donor: donor, using: &generator)
            guard changed != original else { continue }
            var finding: String?
            do {
                finding = try read(changed)
            } catch is VaultError {
            } catch {
                finding = "\(error)"
            }
            guard let finding else { continue }
            Issue.record(
                "seed \(seed), change \(number): \(finding): \(changed.hex)", sourceLocation: sourceLocation)
            return
        }
    }

    private static let snapshot = SnapshotFixture.sealed.bytes
    private static let inventory = StatementTests.inventory.sealed(by: TestVault.signingKey).bytes
    private static let tombstone = StatementTests.tombstone.sealed(by: TestVault.signingKey).bytes
    private static let collection = TestVault.collection.sealed(keys: TestVault.keys).bytes

    @Test("a keyring opens with the fields it was made with, or not at all", arguments: seeds)
    func keyrings(_ seed: UInt64) {
        let donor = Array(#"{"format":"1","mac":"00","\u0000":"\n"}"#.utf8)
        mutate(KeyringFixture.bytes, donor: donor, seed: seed) { bytes in
            _ = try Keyring(parsing: bytes, subject: "keyring").open(masterKey: KeyringFixture.masterKey)
            // White space may differ: it says nothing.
            let fields = try JSONDecoder().decode([String: String].self, from: Data(bytes))
            return fields == KeyringFixture.fields ? nil : "opened"
        }
    }

    @Test("a collection is not believed", arguments: seeds)
    func collections(_ seed: UInt64) {
        mutate(Self.collection, donor: Self.inventory, seed: seed) {
            _ = try VaultCollection(
                $0, named: TestVault.collection.id, sequence: 1, keys: TestVault.keys, subject: "collection")
            return "believed"
        }
    }

    @Test("a snapshot is not believed", arguments: seeds)
    func snapshots(_ seed: UInt64) {
        mutate(Self.snapshot, donor: Self.inventory, seed: seed) {
            _ = try SnapshotFixture.read($0)
            return "believed"
        }
    }

    @Test("an inventory is not believed", arguments: seeds)
    func inventories(_ seed: UInt64) {
        mutate(Self.inventory, donor: Self.tombstone, seed: seed) {
            _ = try Inventory(
                $0, named: TestVault.time, vault: TestVault.id, key: TestVault.publicKey, subject: "inventory"
            )
            return "believed"
        }
    }

    @Test("a tombstone is not believed", arguments: seeds)
    func tombstones(_ seed: UInt64) {
        mutate(Self.tombstone, donor: Self.inventory, seed: seed) {
            _ = try Tombstone(
                $0, named: TestVault.time, vault: TestVault.id, key: TestVault.publicKey, subject: "tombstone"
            )
            return "believed"
        }
    }

    @Test("a chunk is not opened", arguments: seeds)
    func chunks(_ seed: UInt64) {
        let pack = PackTests.Pack([PackTests.text(500)])
        let reader = ChunkReader(vault: TestVault.id, contentKey: nil)
        mutate(pack.bytes, donor: pack.bytes, seed: seed) { bytes in
            _ = try bytes.withUnsafeBytes { try reader.open($0, pack.references[0], role: .content) }
            return "opened"
        }
    }

    // What lies inside a seal or a signature reaches its parser too, when whoever signed it wrote it wrong.

    @Test("what was signed as an inventory is one, or malformed", arguments: seeds)
    func signedInventories(_ seed: UInt64) {
        mutate(StatementTests.inventory.stored.encoded, donor: Self.tombstone, seed: seed) { content in
            let inventory = try Inventory(
                StatementTests.signed("inventory", content), named: TestVault.time, vault: TestVault.id,
                key: TestVault.publicKey,
                subject: "inventory")
            let isInRange = inventory.packs.allSatisfy { 0...Format.maximumPackByteCount ~= $0.byteCount }
            return isInRange ? nil : "a pack that is out of range"
        }
    }

    @Test("what was signed as a tombstone is one, or malformed", arguments: seeds)
    func signedTombstones(_ seed: UInt64) {
        mutate(StatementTests.tombstone.stored.encoded, donor: Self.inventory, seed: seed) { content in
            let tombstone = try Tombstone(
                StatementTests.signed("tombstone", content), named: TestVault.time, vault: TestVault.id,
                key: TestVault.publicKey,
                subject: "tombstone")
            let areNames = tombstone.objects.allSatisfy { ObjectKey($0.rawValue) == $0 }
            return areNames ? nil : "a name that is none"
        }
    }

    @Test("what was sealed as a snapshot's body is one, or malformed", arguments: seeds)
    func sealedBodies(_ seed: UInt64) {
        let body = ProtoSnapshotBody(SnapshotFixture.snapshot).encoded
        mutate(body, donor: Page.encode(EntryTests.entries), seed: seed) { body in
            let stored = try ProtoSnapshotBody(decoding: body, subject: "snapshot")
            let snapshot = try Snapshot(stored, collection: TestVault.collection.id, subject: "snapshot")
            let paths = snapshot.pages.map(\.lastPath)
            return zip(paths, paths.dropFirst()).allSatisfy { $0 < $1 } ? nil : "pages out of order"
        }
    }

    @Test("what was sealed as a page is one, or malformed", arguments: seeds)
    func pages(_ seed: UInt64) {
        let page = Page.encode(EntryTests.entries)
        mutate(page, donor: Page.encodeList([.example(1), .example(2)]), seed: seed) { page in
            let entries = try Page.decode(page)
            for (entry, next) in zip(entries, entries.dropFirst()) where entry.path >= next.path {
                return "entries out of order"
            }
            for entry in entries {
                let names = entry.path.components
                if names.contains(where: { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }) {
                    return "a path that leads elsewhere"
                }
            }
            return try Page.decode(Page.encode(entries)) == entries ? nil : "it changes when written again"
        }
    }

    @Test("what was sealed as a list is one, or malformed", arguments: seeds)
    func lists(_ seed: UInt64) {
        let list = Page.encodeList((1...5).map { Reference.example($0) })
        mutate(list, donor: Page.encode(EntryTests.entries), seed: seed) { list in
            let references = try Page.decodeList(list)
            let areInRange = references.allSatisfy { $0.range.upperBound <= Format.maximumPackByteCount }
            return areInRange ? nil : "a reference past the end of a pack"
        }
    }

    @Test("an object's name means one thing, or nothing", arguments: seeds)
    func names(_ seed: UInt64) {
        let id = TestVault.collection.id
        let name = ObjectName.snapshot(id, TestVault.time, .repeating(1)).key.rawValue
        let donor = ObjectName.collection(id, sequence: 1, .repeating(1)).key.rawValue
        mutate(Array(name.utf8), donor: Array(donor.utf8), seed: seed) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self), let key = ObjectKey(text),
                let name = ObjectName(key)
            else { return nil }
            return name.key == key ? nil : "it means \(name.key)"
        }
    }
}
