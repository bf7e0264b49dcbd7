internal import ObjectStore
internal import Vault

/// Entries of a snapshot, counted by kind.
public struct EntryCounts: Hashable, Sendable {
    public private(set) var files = 0
    public private(set) var directories = 0
    public private(set) var links = 0
    /// Of the files' content.
    public private(set) var bytes: UInt64 = 0

    public init() {}

    public var all: Int { files + directories + links }

    mutating func add(_ kind: Entry.Kind, size: UInt64 = 0) {
        switch kind {
        case .file:
            files += 1
            bytes = bytes.heldSum(size)
        case .directory: directories += 1
        case .symbolicLink: links += 1
        }
    }

    mutating func add(_ other: EntryCounts) {
        files += other.files
        directories += other.directories
        links += other.links
        bytes = bytes.heldSum(other.bytes)
    }
}
