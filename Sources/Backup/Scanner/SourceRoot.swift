internal import Glibc
public import Vault

/// A folder, file or link that the user wants backed up.
public struct SourceRoot: Hashable, Sendable {
    /// Absolute, or relative to the working directory; `~` is not understood.
    public let path: String
    /// Its name inside the snapshot, instead of the path's last component.
    public let label: [UInt8]?

    public init(path: String, label: [UInt8]? = nil) {
        self.path = path
        self.label = label
    }

    /// Where it is in a snapshot: the label, or the last component of the path.
    ///
    /// Throws `.name` where that is no name: for `/`, or a label with a `/`.
    public func name() throws(SourceError) -> EntryPath {
        if let label {
            guard let name = EntryPath(label), name.parent == nil else {
                throw SourceError(
                    .name, source: path, reason: "\"\(displayed(label))\" is no name for it",
                    hint: "a label is one name, without a slash")
            }
            return name
        }
        guard let last = Self.lastComponent(of: Array(path.utf8)) ?? resolvedLastComponent() else {
            throw SourceError(
                .name, source: path, reason: "it has no name of its own", hint: "give it a label")
        }
        return last
    }

    private static func lastComponent(of path: [UInt8]) -> EntryPath? {
        path.split(separator: UInt8(ascii: "/")).last.flatMap { EntryPath($0) }
    }

    /// Of `.` and `..`: the name of the folder that they stand for.
    private func resolvedLastComponent() -> EntryPath? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return Self.lastComponent(of: Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved))))
    }
}
