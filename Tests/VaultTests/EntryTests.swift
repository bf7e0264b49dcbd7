import Crypto
import Foundation
import SwiftProtobuf
import Testing

@testable import Vault

@Suite("Pages and their entries")
struct EntryTests {
    static let file: Entry = {
        var file = Entry(path: path("Weddings/a.jpg"), kind: .file)
        file.size = 2500
        file.modified = -1
        file.changed = .max
        file.inode = .max
        file.mode = 0o4755
        file.owner = "anna"
        file.group = "users"
        file.ownerID = .max
        file.groupID = 100
        file.extendedAttributes = [
            .init(name: Array("user.rating".utf8), value: [0, 0xff, 0x0a]), .init(name: [0xff], value: []),
        ]
        file.content = [.example(1, plaintextByteCount: 1000), .example(2, plaintextByteCount: 1500)]
        return file
    }()

    static let large: Entry = {
        var large = Entry(path: path("Weddings/film.mov"), kind: .file)
        large.size = 10 << 30
        large.contentLists = [.example(3), .example(4)]
        large.contentID = .repeating(5)
        return large
    }()

    static let link: Entry = {
        var link = Entry(path: path("Weddings/link"), kind: .symbolicLink)
        link.linkTarget = [UInt8(ascii: "."), UInt8(ascii: "/"), 0xff, 0x0a]
        return link
    }()

    static let entries = [Entry(path: path("Weddings"), kind: .directory), file, large, link]

    /// The page after a change that only the owner could make.
    private func decode(_ change: (inout ProtoPage) throws -> Void) throws -> [Entry] {
        var page = try ProtoPage(serializedBytes: Page.encode(Self.entries))
        try change(&page)
        return try Page.decode(page.encoded)
    }

    private func decodeFile(_ change: (inout ProtoEntry) -> Void) throws -> [Entry] {
        try decode { change(&$0.entries[1]) }
    }

    private func decodeReference(_ change: (inout ProtoReference) -> Void) throws -> [Entry] {
        try decodeFile { change(&$0.content[0]) }
    }

    @Test("are read back as they were")
    func roundTrip() throws {
        #expect(try Page.decode(Page.encode(Self.entries)) == Self.entries)
        #expect(try Page.decode(Page.encode([])) == [])
    }

    @Test("keep every byte of a name", arguments: EntryPathTests.valid)
    func names(_ bytes: [UInt8]) throws {
        let entry = Entry(path: EntryPath(bytes)!, kind: .file)
        #expect(try Page.decode(Page.encode([entry])).first?.path.bytes == bytes)
    }

    @Test(
        "with a path that would lead elsewhere are malformed",
        arguments: ["", "/etc/passwd", "../a", "a/..", "a/./b", "a//b", "a\0b", "a/"])
    func paths(_ path: String) {
        expectError(.malformed) { try decodeFile { $0.path = Data(path.utf8) } }
    }

    @Test("that are not in order, or there twice, are malformed")
    func order() {
        expectError(.malformed) { try decode { $0.entries.swapAt(0, 1) } }
        expectError(.malformed) { try decode { $0.entries.swapAt(2, 3) } }
        expectError(.malformed) { try decode { $0.entries.append($0.entries[3]) } }
        // In order as plain text, but not as a walk meets them.
        expectError(.malformed) {
            try decode { page in
                page.entries = [page.entries[0], page.entries[0]]
                page.entries[0].path = Data("a!".utf8)
                page.entries[1].path = Data("a/b".utf8)
            }
        }
    }

    @Test("of a kind that this version does not know are malformed")
    func kind() {
        expectError(.malformed) { try decodeFile { $0.kind = .unknown } }
        expectError(.malformed) { try decodeFile { $0.kind = .UNRECOGNIZED(4) } }
    }

    @Test("with sizes that do not add up are malformed")
    func sizes() {
        expectError(.malformed) { try decodeFile { $0.size += 1 } }
        expectError(.malformed) { try decodeFile { $0.size = 0 } }
        expectError(.malformed) { try decodeFile { $0.content.removeLast() } }
        expectError(.malformed) { try decodeFile { $0.content = [] } }
        expectError(.malformed) { try decodeFile { $0.content.append($0.content[0]) } }
        expectError(.malformed) { try decodeFile { $0.content[0].plaintextSize += 1 } }
        // Both inline and in lists.
        expectError(.malformed) { try decodeFile { $0.contentLists = [$0.content[0]] } }
    }

    @Test("that are no files have no content", arguments: [ProtoEntryKind.directory, .symbolicLink])
    func onlyFiles(_ kind: ProtoEntryKind) {
        expectError(.malformed) { try decodeFile { $0.kind = kind } }
        expectError(.malformed) {
            try decode { page in
                page.entries[2].kind = kind
                page.entries[2].size = 0
            }
        }
    }

    @Test("have the lower 12 bits of the mode alone")
    func mode() throws {
        #expect(try decodeFile { $0.mode = 0o100_644 }[1].mode == 0o644)
        #expect(try decodeFile { $0.mode = .max }[1].mode == 0o7777)
    }

    @Test("with a content id of another length are malformed")
    func contentID() {
        expectError(.malformed) { try decode { $0.entries[2].contentID.removeLast() } }
        expectError(.malformed) { try decode { $0.entries[2].contentID.append(0) } }
    }

    @Test("with fields that this version does not know are read")
    func unknownFields() throws {
        let field: [UInt8] = [0xf8, 0x06, 0x2a]  // field 111, a number: 42
        let read = try decode { page in
            page.entries[1] = try .init(serializedBytes: page.entries[1].encoded + field)
            page = try .init(serializedBytes: page.encoded + field)
        }
        #expect(read == Self.entries)
    }

    @Test("with a reference that has a field out of range are malformed")
    func references() {
        let changes: [(inout ProtoReference) -> Void] = [
            { $0.pack.removeLast() }, { $0.pack.append(0) }, { $0.pack = Data() }, { $0.key.removeLast() },
            { $0.key.append(0) }, { $0.key = Data() }, { $0.chunkID.removeLast() }, { $0.chunkID.append(0) },
            { $0.length = 0 }, { $0.length = 40 }, { $0.length = .max },
            // No chunk is sealed in this many bytes: see the lengths of sealed chunks.
            { $0.length = 24 + (256 << 10) + 17 + 1 },
            { $0.offset = .max },
            { $0.offset = UInt32(Format.maximumPackByteCount) - $0.length + 1 },
            { $0.plaintextSize = UInt32(Format.chunkByteCount) + 1 }, { $0.plaintextSize = .max },
            { $0.compression = .UNRECOGNIZED(2) },
        ]
        for (number, change) in changes.enumerated() {
            expectError(.malformed, "change \(number)") { try decodeReference(change) }
            var list = ProtoReferenceList()
            list.references = [ProtoReference(.example(1)), ProtoReference(.example(2))]
            change(&list.references[1])
            expectError(.malformed, "change \(number) in a list") { try Page.decodeList(list.encoded) }
        }
    }

    @Test("may refer to the very end of the longest pack")
    func lastReference() throws {
        let read = try decodeReference { $0.offset = UInt32(Format.maximumPackByteCount) - $0.length }
        #expect(read[1].content[0].range.upperBound == Format.maximumPackByteCount)
    }

    @Test("may refer to chunks without an id, as pages and what is shared do")
    func withoutID() throws {
        #expect(try decodeReference { $0.chunkID = Data() }[1].content[0].chunkID == nil)
    }

    @Test("lists are read back as they were", arguments: [0, 1, 257, Format.referencesInList])
    func lists(_ count: Int) throws {
        let references = (0..<count).map { Reference.example(UInt8(truncatingIfNeeded: $0)) }
        let encoded = Page.encodeList(references)
        let isEqual = try Page.decodeList(encoded) == references
        #expect(isEqual)
        #expect(encoded.count <= Format.chunkByteCount)
    }

    @Test("know the content of a file with many chunks by one id of it")
    func manyChunks() {
        let references = (0..<300).map { Reference.example(UInt8(truncatingIfNeeded: $0)) }
        var entry = Entry(path: path("a"), kind: .file)
        entry.setContent(Array(references.prefix(Format.maximumInlineReferences)), keys: TestVault.keys)
        #expect(entry.contentID == nil)
        entry.setContent(references, keys: TestVault.keys)
        let ids = references.flatMap { $0.chunkID!.bytes }
        #expect(entry.contentID == HMACSHA256.authenticate(ids.span.bytes, key: TestVault.keys.contentKey))
        entry.setContent(references.reversed(), keys: TestVault.keys)
        #expect(entry.contentID != HMACSHA256.authenticate(ids.span.bytes, key: TestVault.keys.contentKey))
        entry.setContent([], keys: TestVault.keys)
        #expect(entry.contentID == nil && entry.content.isEmpty)
    }

    @Test(
        "what is no page is malformed",
        arguments: [[0x0a], [0xff], [0x0a, 0x05, 0x01], [0x08, 0x01, 0x07]] as [[UInt8]])
    func noPage(_ bytes: [UInt8]) {
        expectError(.malformed) { try Page.decode(bytes) }
        expectError(.malformed) { try Page.decodeList(bytes) }
    }
}
