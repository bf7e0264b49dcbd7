public import Vault

/// A run was refused because paths are there already with other content.
public struct ConflictError: Error, Sendable, CustomStringConvertible {
    public let collection: String
    public let paths: [EntryPath]

    public var description: String {
        paths.count == 1
            ? "a file is in \(collection) already with other content"
            : "\(paths.count) files are in \(collection) already with other content"
    }
    public var hint: String {
        "keep them apart with --label NAME, or put them in place of the old ones with --replace"
    }
}

/// A prune deleted, again and again, what this run was about to refer to.
public struct PrunedMeanwhileError: Error, Sendable, CustomStringConvertible {
    public var description: String { "content that the snapshot needs was deleted while it was made" }
    public var hint: String { "run it again when the prune has ended" }
}
