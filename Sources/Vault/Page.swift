internal import Crypto
internal import Foundation
internal import SwiftProtobuf

/// A run of entries sorted by path: what a snapshot lists, and what two snapshots share where nothing changed.
public enum Page {
    /// The plaintext of a page's chunk.
    public static func encode(_ entries: [Entry]) -> [UInt8] {
        var page = ProtoPage()
        page.entries = entries.map(ProtoEntry.init)
        return page.encoded
    }

    /// Reads a page and checks that every entry is one and that they are in order.
    ///
    /// - Throws: `malformed`.
    public static func decode(_ bytes: [UInt8]) throws(VaultError) -> [Entry] {
        let page = try ProtoPage(decoding: bytes, subject: "page")
        var entries: [Entry] = []
        entries.reserveCapacity(page.entries.count)
        for stored in page.entries {
            let entry = try Entry(stored)
            if let last = entries.last, last.path >= entry.path {
                throw VaultError(.malformed, "page", "its entries are not in order")
            }
            entries.append(entry)
        }
        return entries
    }

    /// The plaintext of a list's chunk: references of a file that has many.
    public static func encodeList(_ references: some Collection<Reference>) -> [UInt8] {
        var list = ProtoReferenceList()
        list.references = references.map(ProtoReference.init)
        return list.encoded
    }

    /// - Throws: `malformed`.
    public static func decodeList(_ bytes: [UInt8]) throws(VaultError) -> [Reference] {
        let list = try ProtoReferenceList(decoding: bytes, subject: "list of references")
        var references: [Reference] = []
        references.reserveCapacity(list.references.count)
        for stored in list.references { references.append(try Reference(stored)) }
        return references
    }
}

/// Cuts the sorted list of entries into pages at places that depend on the paths alone, so that an insertion or
/// a removal changes the pages around it and no others.
public struct PageCutter: Sendable {
    /// A page ends after about one path in so many.
    private static let meanEntryCount: UInt64 = 1024
    private static let maximumByteCount = 1 << 20

    private var byteCount = 0

    public init() {}

    /// Whether a page that has no greater content ends behind this path.
    public static func isBoundary(_ path: EntryPath) -> Bool {
        // FNV-1a, 64 bits, and a last mix, since its low bits alone are weak.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.sortBytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash ^ hash >> 32) % meanEntryCount == 0
    }

    /// Takes the next entry of the page; true when the page ends with it.
    public mutating func endsPage(with entry: Entry) -> Bool {
        byteCount += entry.approximateByteCount
        guard Self.isBoundary(entry.path) || byteCount >= Self.maximumByteCount else { return false }
        byteCount = 0
        return true
    }
}
