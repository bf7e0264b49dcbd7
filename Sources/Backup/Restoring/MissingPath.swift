public import Vault

/// A path that was named, and that a snapshot does not have.
public struct MissingPath: Hashable, Sendable {
    public let path: EntryPath
    /// What a person may have meant, the likeliest first; often nothing.
    public let nearest: [EntryPath]

    public var reason: String { "it is not in the snapshot" }

    public var hint: String {
        nearest.isEmpty
            ? "paths begin with the source folder's own name; photobackup ls shows them"
            : "did you mean \(nearest.map { "\"\(displayed($0))\"" }.joined(separator: " or "))?"
    }
}

extension SelectionError {
    /// Nothing that was named is there.
    init(_ missing: [MissingPath]) {
        let named = missing.prefix(3).map { "\"\(displayed($0.path))\"" }.joined(separator: ", ")
        self.init(
            description: "the snapshot has no \(named)"
                + (missing.count > 3 ? " and \(missing.count - 3) more" : ""),
            hint: missing.first { !$0.nearest.isEmpty }?.hint ?? missing.first?.hint)
    }
}
