internal import Glibc
public import Vault

/// Which paths to leave out, told by patterns as in a .gitignore file.
///
/// `*.tmp` matches a name anywhere, `Cache/` folders only, `/top` and `a/b` from the source folder down, `**`
/// any number of folders, `[abc]` one of these bytes, `?` any one byte. `!keep` takes back what an earlier
/// pattern left out, `#` begins a comment, and `\` takes its meaning from the character after it. The last
/// pattern that matches decides. What is in a folder that is left out is not looked at, so that no `!` brings
/// it back.
public struct ExcludePatterns: Sendable {
    private let patterns: [ExcludePattern]

    /// Leaves out nothing.
    public static let none = ExcludePatterns(patterns: [])

    private init(patterns: [ExcludePattern]) { self.patterns = patterns }

    /// From lines as they stand in a configuration. Throws `SourceError` with `.pattern` for one that could
    /// never match anything.
    public init(_ lines: some Sequence<String>) throws(SourceError) {
        var patterns: [ExcludePattern] = []
        for line in lines {
            if let pattern = try ExcludePattern(line) { patterns.append(pattern) }
        }
        self.init(patterns: patterns)
    }

    public var isEmpty: Bool { patterns.isEmpty }

    /// Whether this very path is left out; the folders above it are not looked at.
    ///
    /// `path` is relative to where patterns with a `/` begin.
    public func excludes(_ path: EntryPath, isFolder: Bool) -> Bool {
        (path.sortBytes + [0]).withUnsafeBytes { excludes($0, isFolder: isFolder) }
    }

    /// As above, for a path in sort form with a zero byte after each component, also the last.
    func excludes(_ path: UnsafeRawBufferPointer, isFolder: Bool) -> Bool {
        patterns.last { $0.matches(path, isFolder: isFolder) }.map { !$0.isTakenBack } ?? false
    }
}
