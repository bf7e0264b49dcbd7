public import Vault

/// Which entries of a snapshot are meant: paths, and patterns to include and exclude.
public struct EntrySelection: Sendable {
    /// What lies at or below these; everything when there are none.
    public var paths: [EntryPath]
    /// Only files and links that match, when there are any.
    public var includes: ExcludePatterns
    public var excludes: ExcludePatterns
    /// Where one file of a `PhotoGroup` is meant, the others that are not excluded are too.
    public var takesWholeGroups = false

    public init(
        paths: [EntryPath] = [], includes: ExcludePatterns = .none, excludes: ExcludePatterns = .none
    ) {
        self.paths = paths
        self.includes = includes
        self.excludes = excludes
    }

    public var isEverything: Bool { paths.isEmpty && includes.isEmpty && excludes.isEmpty }

    /// Whether the entry is meant, or is a folder that leads to one that is.
    public func contains(_ entry: Entry) -> Bool {
        let isFolder = entry.kind == .directory
        guard paths.isEmpty || paths.contains(where: entry.path.isWithin) || (isFolder && leads(entry.path))
        else { return false }
        if leavesOut(entry) { return false }
        return isFolder || includes.isEmpty
            || includes.excludesPathOrAncestor(entry.path, isFolder: false)
    }

    /// Whether an entry that is contained is meant itself, and not only leads to what is.
    func means(_ entry: Entry) -> Bool {
        entry.kind != .directory
            || (includes.isEmpty && (paths.isEmpty || paths.contains(where: entry.path.isWithin)))
    }

    /// Whether a pattern leaves the entry, or a folder above it, out.
    func leavesOut(_ entry: Entry) -> Bool {
        excludes.excludesPathOrAncestor(entry.path, isFolder: entry.kind == .directory)
    }

    /// Whether a page that holds the paths behind `previous` up to `last` can hold anything that is meant.
    func mayContain(after previous: EntryPath?, upTo last: EntryPath) -> Bool {
        paths.isEmpty
            || paths.contains { path in
                if takesWholeGroups, let group = PhotoGroup(path),
                    group.hasPlace(after: previous, upTo: last)
                {
                    return true
                }
                if let previous, previous.isWithin(path) { return true }
                return path.withAncestors.contains { folder in
                    folder <= last && (previous.map { $0 < folder } ?? true)
                }
            }
    }

    private func leads(_ folder: EntryPath) -> Bool { paths.contains { $0.isWithin(folder) } }
}

extension ExcludePatterns {
    /// Whether the path matches, or a folder above it does.
    fileprivate func excludesPathOrAncestor(_ path: EntryPath, isFolder: Bool) -> Bool {
        guard !isEmpty else { return false }
        if excludes(path, isFolder: isFolder) { return true }
        return path.withAncestors.dropFirst().contains { excludes($0, isFolder: true) }
    }
}

extension EntryPath {
    /// The path, its folder, the folder of that, up to the top.
    fileprivate var withAncestors: [EntryPath] {
        Array(sequence(first: self, next: \.parent))
    }
}
