public import Crypto

/// One file, folder or link inside a snapshot.
public struct Entry: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        case file = 1
        case directory = 2
        case symbolicLink = 3
    }

    public struct ExtendedAttribute: Hashable, Sendable {
        public let name: [UInt8]
        public let value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public var path: EntryPath
    public var kind: Kind
    public var size: UInt64 = 0
    /// Nanoseconds since 1970, as are all times here.
    public var modified: Int64 = 0
    public var changed: Int64 = 0
    public var inode: UInt64 = 0
    /// The lower 12 bits of `st_mode`.
    public var mode: UInt32 = 0
    public var owner = ""
    public var group = ""
    public var ownerID: UInt32 = 0
    public var groupID: UInt32 = 0
    public var extendedAttributes: [ExtendedAttribute] = []
    public var linkTarget: [UInt8] = []
    /// The content in order, when it has at most `Format.maximumInlineReferences` chunks.
    public var content: [Reference] = []
    /// The lists that hold the content's references otherwise.
    public var contentLists: [Reference] = []
    /// Of a file with more chunks than fit inline: HMAC-SHA-256 under contentKey of their ids in order.
    public var contentID: SHA256Digest?
    /// How many names a file had, where these were several: hard links, which have `inode` and `changed` in common.
    /// 0 for one name, and where it is not known.
    public var linkCount: UInt32 = 0

    public init(path: EntryPath, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// Gives the file its content: references that all have chunk ids.
    public mutating func setContent(_ references: [Reference], keys: VaultKeys) {
        content = references
        contentLists = []
        contentID = nil
        guard references.count > Format.maximumInlineReferences else { return }
        contentID = Self.contentID(of: references.compactMap(\.chunkID), keys: keys)
    }

    /// Whether the file has the content of these chunks, by their ids in order.
    public func hasContent(_ chunks: [SHA256Digest], keys: VaultKeys) -> Bool {
        guard kind == .file else { return false }
        return chunks.count > Format.maximumInlineReferences
            ? contentID == Self.contentID(of: chunks, keys: keys)
            : contentID == nil && content.map(\.chunkID) == chunks
    }

    private static func contentID(of chunks: [SHA256Digest], keys: VaultKeys) -> SHA256Digest {
        var mac = HMACSHA256(key: keys.contentKey)
        for id in chunks { mac.update(id.bytes.span.bytes) }
        return mac.finalize()
    }

    /// Whether the entry is small enough to be stored: extended attributes can be large.
    public var fitsPage: Bool {
        linkTarget.count + extendedAttributesByteCount < Format.chunkByteCount / 4
    }

    private var extendedAttributesByteCount: Int {
        extendedAttributes.reduce(0) { $0 + $1.name.count + $1.value.count + 8 }
    }

    /// About how many bytes it takes in a page; what a page is cut by.
    ///
    /// Content with lists counts by its size, so that a page is cut the same before and after the lists are made,
    /// and those of one page stay few.
    var approximateByteCount: Int {
        let isListed = !contentLists.isEmpty || content.count > Format.maximumInlineReferences
        let references = isListed ? Int(size / UInt64(Format.chunkByteCount)) : content.count
        return 96 + path.sortBytes.count + linkTarget.count + 120 * references + extendedAttributesByteCount
    }
}
