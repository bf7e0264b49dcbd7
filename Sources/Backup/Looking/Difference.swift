internal import Crypto
public import Vault

/// How one path differs between two states of a collection.
public struct Difference: Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case added
        case removed
        /// It is another file, folder or link than before.
        case type
        /// The bytes of a file are others.
        case content
        /// What is known of it changed, the picture did not: times, mode, owner, attributes; the content of a sidecar.
        case metadata
        /// The bytes are others though size and times, the kernel's change time among them, are not: nobody has written them.
        case rot
        /// It is there, and cannot be compared.
        case unreadable
    }

    public let path: EntryPath
    public let kind: Kind
    public let isFolder: Bool
    /// Of a file, in bytes; nil where it is not there.
    public let sizeBefore: UInt64?
    public let size: UInt64?
    /// Why it is unreadable.
    public var reason: String?
}

extension Difference {
    init(_ path: EntryPath, _ kind: Kind, before: Entry?, after: Entry?) {
        self.init(
            path: path, kind: kind, isFolder: (after ?? before)?.kind == .directory,
            sizeBefore: before.flatMap { $0.kind == .file ? $0.size : nil },
            size: after.flatMap { $0.kind == .file ? $0.size : nil })
    }

    /// Between two entries of one path in two snapshots; nil where nothing differs that somebody meant.
    ///
    /// - Parameter hasSameContent: of two files, whether their bytes are the same.
    static func kind(from before: Entry, to after: Entry, hasSameContent: Bool) -> Kind? {
        guard before.kind == after.kind else { return .type }
        switch after.kind {
        case .symbolicLink where before.linkTarget != after.linkTarget: return .content
        case .file where !hasSameContent:
            if before.size == after.size, before.modified == after.modified, before.changed == after.changed {
                return .rot
            }
            return PhotoGroup.isSidecar(after.path) ? .metadata : .content
        case .file where before.modified != after.modified: return .metadata
        default: break
        }
        // A folder's times change with what is in it.
        let isSame =
            before.mode == after.mode && before.owner == after.owner && before.group == after.group
            && before.extendedAttributes == after.extendedAttributes
        return isSame ? nil : .metadata
    }
}

/// How many files and links differ, and how; folders are not counted.
public struct DifferenceCounts: Sendable {
    private var counts: [Difference.Kind: Int] = [:]
    public internal(set) var unchanged = 0

    public subscript(kind: Difference.Kind) -> Int { counts[kind] ?? 0 }

    /// All that are there now, and not as they were.
    var changedCount: Int { counts.reduce(0) { $0 + ($1.key == .removed ? 0 : $1.value) } }

    mutating func add(_ difference: Difference) {
        guard !difference.isFolder || difference.kind == .unreadable else { return }
        counts[difference.kind, default: 0] += 1
    }
}
