public import Vault

/// Something that an archive has already, and that is something else where it comes from now.
public struct ArchiveConflict: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// A file with other content, or a link with another target.
        case content
        case kind(before: Entry.Kind, now: Entry.Kind)
    }

    public let path: EntryPath
    public let reason: Reason
    /// What the archive has at and below the path, and would not have any more.
    public internal(set) var atStake = EntryCounts()

    init(_ path: EntryPath, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// Whether `--replace` puts the new one in its place: content for content, and anything for a link, which has none.
    var isReplaceable: Bool {
        switch reason {
        case .content: true
        case .kind(let before, _): before == .symbolicLink
        }
    }
}

/// A run was refused because paths are there already as something else. Nothing of it was stored.
public struct ConflictError: Error, Sendable, CustomStringConvertible {
    public let collection: String
    public let conflicts: [ArchiveConflict]

    public var paths: [EntryPath] { conflicts.map(\.path) }

    public var description: String {
        let ofContent = conflicts.count { $0.reason == .content }
        let others = conflicts.count - ofContent
        var parts: [String] = []
        if ofContent > 0 {
            parts.append(
                "\(ofContent == 1 ? "a file is" : "\(ofContent) files are") in \(collection) already with other content"
            )
        }
        if others > 0 {
            let stake = conflicts.reduce(into: EntryCounts()) {
                if $1.reason != .content { $0.add($1.atStake) }
            }
            parts.append(
                "\(others == 1 ? "a path is" : "\(others) paths are") something else in \(collection), which would lose "
                    + (stake.files == 1 ? "1 file" : "\(stake.files) files"))
        }
        return parts.joined(separator: ", and ")
    }

    public var hint: String {
        conflicts.allSatisfy(\.isReplaceable)
            ? "keep them apart with --label NAME, or put them in place of the old ones with --replace"
            : "keep them apart with --label NAME, or leave them out with --exclude; an archive gives up no file for a "
                + "folder or a link"
    }
}
