import Crypto
import ObjectStore
import Testing

@testable import Vault

@Suite("Names of objects")
struct ObjectNameTests {
    private static let digest = SHA256.hash(Array("abc".utf8))
    private static let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let id = CollectionID([UInt8](0..<16))!
    private static let idHex = "000102030405060708090a0b0c0d0e0f"

    private static let names: [(ObjectName, String)] = [
        (.readme, "README.txt"),
        (.keyring(sequence: 1, digest), "keyring/0000000001-\(hex).json"),
        (.keyring(sequence: .max, digest), "keyring/4294967295-\(hex).json"),
        (.providers(sequence: 0, digest), "providers/0000000000-\(hex)"),
        (.collection(id, sequence: 12, digest), "collections/\(idHex)/0000000012-\(hex)"),
        (.pack(digest), "packs/ba/\(hex)"),
        (.metaPack(digest), "meta/ba/\(hex)"),
        (.inventory(TestVault.time, digest), "inventory/20261121-172800-\(hex)"),
        (.snapshot(id, TestVault.time, digest), "snapshots/\(idHex)/20261121-172800-\(hex)"),
        (.tombstone(TestVault.time, digest), "tombstones/20261121-172800-\(hex)"),
        (.record(TestVault.time, digest), "records/20261121-172800-\(hex)"),
        (.grant("anna-2026", digest), "grants/anna-2026-\(hex)"),
    ]

    @Test("are written as the layout has them, and read back", arguments: names)
    func roundTrip(_ name: ObjectName, _ text: String) throws {
        #expect(name.key.rawValue == text)
        #expect(ObjectName(try #require(ObjectKey(text))) == name)
        #expect(name.digest == (name == .readme ? nil : Self.digest))
    }

    @Test(
        "that are in no layout are strays",
        arguments: [
            "readme.txt", hex, "packs/\(hex)", "packs/bb/\(hex)", "packs/b/\(hex)", "packs/ba7/\(hex)",
            "packs/ba/\(hex)0", "packs/ba/\(hex.dropLast())", "packs/ba/\(hex).tmp", "packs/ba/ba/\(hex)",
            "meta/ab/\(hex)", "pack/ba/\(hex)", "keyring/0000000001-\(hex)", "keyring/1-\(hex).json",
            "keyring/00000000001-\(hex).json", "keyring/4294967296-\(hex).json", "keyring/-\(hex).json",
            "keyring/-000000001-\(hex).json", "keyring/0000000001-\(hex).json.json",
            "keyring/0000000001_\(hex).json", "keyring/0000000001-.json", "keyring/x/0000000001-\(hex).json",
            "providers/0000000001-\(hex).json", "providers/\(hex)", "collections/0000000001-\(hex)",
            "collections/\(idHex.dropLast())/0000000001-\(hex)", "collections/\(idHex)0/0000000001-\(hex)",
            "collections/\(idHex)/20261121-172800-\(hex)", "snapshots/20261121-172800-\(hex)",
            "snapshots/\(idHex)/0000000001-\(hex)", "snapshots/\(idHex)/20261121-172800",
            "inventory/20261121-172860-\(hex)", "inventory/20260230-172800-\(hex)",
            "inventory/20261121_172800-\(hex)", "inventory/20261121-172800\(hex)", "inventory/\(hex)",
            "inventory/-\(hex)", "tombstones/20261321-172800-\(hex)", "records/20261121-1728-\(hex)",
            "grants/\(hex)", "grants/-\(hex)", "grants/a/b-\(hex)", "lost.found/20261121-172800-\(hex)",
        ])
    func strays(_ text: String) throws {
        #expect(ObjectName(try #require(ObjectKey(text))) == nil)
    }

    @Test("lie in the folders in which small objects are looked for")
    func folders() {
        for (name, text) in Self.names {
            let isSmall = ObjectName.smallObjectPrefixes.contains { text.hasPrefix($0) }
            switch name {
            case .readme, .pack, .metaPack: #expect(!isSmall)
            default: #expect(isSmall)
            }
        }
    }

    @Test("of snapshots and inventories sort by time, those of collections by sequence number")
    func order() {
        let times = [-1, 0, 1, 86_400, 40_000_000].map { TestVault.time.advanced(bySeconds: $0) }
        let inventories = times.map { ObjectName.inventory($0, .random()).key }
        #expect(inventories.sorted() == inventories)
        let snapshots = times.map { ObjectName.snapshot(Self.id, $0, .random()).key }
        #expect(snapshots.sorted() == snapshots)
        let sequences = [0, 9, 10, 99, 1_000_000_000, .max] as [UInt32]
        let collections = sequences.map { ObjectName.collection(Self.id, sequence: $0, .random()).key }
        #expect(collections.sorted() == collections)
    }

    @Test("of identifiers have exactly 32 lowercase hexadecimal digits")
    func identifiers() {
        #expect(VaultID(hex: Self.idHex)?.bytes == [UInt8](0..<16))
        #expect(VaultID(hex: Self.idHex)?.hex == Self.idHex)
        for wrong in [Self.idHex.uppercased(), Self.idHex + "00", String(Self.idHex.dropLast(2)), "", "0x"] {
            #expect(VaultID(hex: wrong) == nil)
        }
        #expect(DeviceID([UInt8](0..<15)) == nil)
        #expect(VaultID.random() != VaultID.random())
    }
}

extension SHA256Digest {
    fileprivate static func random() -> SHA256Digest { SHA256Digest(randomBytes(32))! }
}
