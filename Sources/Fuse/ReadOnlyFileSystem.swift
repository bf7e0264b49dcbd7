/// A tree of files that can be looked at, and whose content never changes under a node.
///
/// A node is a number that means the same for as long as the file system is mounted: nothing is kept for those that the
/// kernel knows of. Any number of calls run at the same time, and each may take its time: none holds up another.
/// A call is cancelled when the program that waits for it is interrupted, and when the mount ends.
public protocol ReadOnlyFileSystem: Sendable {
    /// What has that name in a folder; `ENOENT` where nothing has.
    func node(named name: [UInt8], in folder: NodeID) async throws(ErrorNumber) -> NodeAttributes

    func attributes(of node: NodeID) async throws(ErrorNumber) -> NodeAttributes

    /// What is in a folder behind one of its nodes, or from the beginning: at most `limit`, and none at the end.
    func entries(
        of folder: NodeID, after node: NodeID?, limit: Int
    ) async throws(ErrorNumber) -> [FolderEntry]

    func target(ofLink node: NodeID) async throws(ErrorNumber) -> [UInt8]

    func extendedAttributes(
        of node: NodeID
    ) async throws(ErrorNumber) -> [(name: [UInt8], value: [UInt8])]

    /// Begins the reading of a file.
    func open(_ node: NodeID) async throws(ErrorNumber) -> any ReadableFile
}

/// A file that somebody has open.
public protocol ReadableFile: Sendable {
    /// `byteCount` bytes of the content, fewer only where it ends.
    func read(at offset: UInt64, byteCount: Int) async throws(ErrorNumber) -> ArraySlice<UInt8>
}

/// A file, folder or link of a file system: its inode number.
public struct NodeID: Hashable, Sendable {
    /// The folder that is mounted.
    public static let root = NodeID(rawValue: 1)

    /// From 1 to 2^63 - 1, without 2: what stands for a folder's two dots cannot be an entry of it.
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        precondition(rawValue > 0 && rawValue != 2 && rawValue < 1 << 63, "no number of a node")
        self.rawValue = rawValue
    }
}

/// What `stat` tells of a node.
public struct NodeAttributes: Hashable, Sendable {
    public enum Kind: Sendable {
        case file
        case folder
        case symbolicLink
    }

    public var node: NodeID
    public var kind: Kind
    public var size: UInt64
    /// The lower 12 bits of `st_mode`.
    public var mode: UInt32
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// Nanoseconds since 1970.
    public var changed: Int64
    public var ownerID: UInt32
    public var groupID: UInt32
    /// Whether the kernel may believe for a day that the name means this node; a second, if not.
    public var isLasting: Bool

    public init(
        node: NodeID, kind: Kind, size: UInt64, mode: UInt32, modified: Int64, changed: Int64,
        ownerID: UInt32,
        groupID: UInt32, isLasting: Bool
    ) {
        self.node = node
        self.kind = kind
        self.size = size
        self.mode = mode
        self.modified = modified
        self.changed = changed
        self.ownerID = ownerID
        self.groupID = groupID
        self.isLasting = isLasting
    }
}

/// A name in a folder, and what has it.
public struct FolderEntry: Sendable {
    public let name: [UInt8]
    public let attributes: NodeAttributes

    public init(name: [UInt8], attributes: NodeAttributes) {
        self.name = name
        self.attributes = attributes
    }
}

/// What a system call failed with.
public struct ErrorNumber: Error, Hashable, Sendable {
    public let rawValue: CInt

    public init(_ rawValue: CInt) { self.rawValue = rawValue }
}
