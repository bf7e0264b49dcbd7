import Crypto
import Foundation
import ObjectStore
import SwiftProtobuf
import Testing

@testable import Vault

/// Numbers of stored objects at their bounds, properly sealed and signed: a giver of a grant is somebody else, and so is
/// whoever has stolen the keys. Each is refused as malformed or read, and what is read can be reckoned with; a trap would
/// end these tests.
@Suite("Numbers at their bounds")
struct ExtremeFieldTests {
    private static let unsigned: [UInt64] = [
        0, 1, 1 << 31, 1 << 32, 1 << 44, 1 << 62, .max >> 1, .max >> 1 + 1, .max - 1, .max,
    ]
    private static let signed: [Int64] = [
        .min, .min + 1, -62_167_219_201, -1, 0, 1, 253_402_300_800, 67_768_036_191_676_799, .max - 1, .max,
    ]
    private static let small: [UInt32] = [0, 1, 1 << 30, 1 << 31, .max - 1, .max]

    /// What is read, or nil for what is refused.
    private func read<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as VaultError {
            #expect([.malformed, .notAuthentic, .newerFormat].contains(error.code), "\(error)")
            return nil
        }
    }

    private func page(_ change: (inout ProtoEntry) -> Void) throws -> [Entry]? {
        try read {
            var page = try ProtoPage(serializedBytes: Page.encode(EntryTests.entries))
            for index in page.entries.indices { change(&page.entries[index]) }
            return try Page.decode(page.encoded)
        }
    }

    @Test("of entries", arguments: unsigned)
    func entries(_ number: UInt64) throws {
        let changes: [(inout ProtoEntry) -> Void] = [
            { $0.size = number }, { $0.inode = number }, { $0.mode = UInt32(truncatingIfNeeded: number) },
            { $0.links = UInt32(truncatingIfNeeded: number) },
            { if !$0.contentLists.isEmpty { $0.size = number } },
        ]
        for change in changes {
            guard let entries = try page(change) else { continue }
            for entry in entries {
                #expect(entry.size <= 1 << 51)
                _ = entry.approximateByteCount
            }
            // As a restore, a link and an overview add them up.
            _ = entries.reduce(UInt64(0)) { $0 + $1.size }
        }
    }

    @Test("of times of entries", arguments: signed)
    func times(_ number: Int64) throws {
        let entries = try page { ($0.modified, $0.changed) = (number, number) }
        for entry in try #require(entries) {
            _ = UTCTime(secondsSince1970: entry.modified / 1_000_000_000).iso8601
        }
    }

    @Test("of references", arguments: small)
    func references(_ number: UInt32) throws {
        let changes: [(inout ProtoReference) -> Void] = [
            { $0.offset = number }, { $0.length = number }, { $0.plaintextSize = number },
            { ($0.offset, $0.length) = (number, number) },
        ]
        for change in changes {
            let entries = try page { for index in $0.content.indices { change(&$0.content[index]) } }
            for reference in (entries ?? []).flatMap(\.content) {
                #expect(reference.range.upperBound <= Format.maximumPackByteCount)
            }
        }
    }

    @Test("of snapshots", arguments: unsigned)
    func snapshots(_ number: UInt64) throws {
        let changes: [(inout ProtoSnapshotBody) -> Void] = [
            { ($0.fileCount, $0.directoryCount, $0.linkCount) = (number, number, number) },
            { $0.byteCount = number },
            {
                for index in $0.pages.indices {
                    $0.pages[index].entryCount = UInt32(truncatingIfNeeded: number)
                }
            },
        ]
        for change in changes {
            guard
                let snapshot = try read({
                    try SnapshotFixture.open(SnapshotFixture.withBody(change))
                })
            else { continue }
            _ = snapshot.fileCount + snapshot.linkCount + snapshot.directoryCount
            _ = snapshot.pages.reduce(0) { $0 + $1.entryCount }
            _ = snapshot.byteCount + snapshot.byteCount
        }
        _ = try read { try SnapshotFixture.open(SnapshotFixture.withHeader { $0.epoch = number }) }
    }

    @Test("of times of snapshots and inventories", arguments: signed)
    func signedTimes(_ number: Int64) throws {
        let opened = try read { try SnapshotFixture.open(SnapshotFixture.withBody { $0.finished = number }) }
        _ = opened?.time.advanced(bySeconds: 1).description
        let sealed = try read { try SnapshotFixture.read(SnapshotFixture.withHeader { $0.created = number }) }
        #expect(sealed?.created.description.count == 15)
        var stored = StatementTests.inventory.stored
        stored.created = number
        for index in stored.packs.indices { stored.packs[index].size = .max }
        let bytes = StatementTests.signed("inventory", stored.encoded)
        _ = try read {
            try Inventory(
                bytes, named: TestVault.time, vault: TestVault.id, key: TestVault.publicKey,
                subject: "inventory")
        }
    }

    @Test("of moments", arguments: signed)
    func moments(_ number: Int64) {
        let time = UTCTime(secondsSince1970: number)
        #expect(time.description.count == 15)
        #expect(UTCTime(time.description) == time)
        for step in Self.signed {
            #expect(time.advanced(bySeconds: step).iso8601.count == 20)
            _ = number.heldSum(step)
            _ = number.heldDifference(step)
            _ = number.heldProduct(step)
        }
        #expect(
            UTCTime.nanoseconds(ofSeconds: number) / 1_000_000_000 == number
                || [.min, .max].contains(UTCTime.nanoseconds(ofSeconds: number)))
    }

    @Test("are held at the bound that was passed")
    func held() {
        #expect(Int64.max.heldSum(1) == .max && Int64.min.heldSum(-1) == .min && Int64(2).heldSum(3) == 5)
        #expect(Int64.min.heldDifference(1) == .min && Int64.max.heldDifference(-1) == .max)
        #expect(UInt64(1).heldDifference(2) == 0 && UInt64.max.heldSum(1) == .max)
        #expect(Int64.min.heldProduct(-1) == .max && Int64.max.heldProduct(-2) == .min)
    }
}
