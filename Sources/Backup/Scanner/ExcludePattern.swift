import Glibc

/// One line of `ExcludePatterns`.
struct ExcludePattern: Sendable {
    /// One component of a pattern: `**`, or a pattern for fnmatch(3) with a zero byte at its end.
    private enum Component: Sendable {
        case anyFolders
        /// The second where it has letters that can be written in two ways (see `composed`): its composed form.
        case name([CChar], composed: [CChar]?)
    }

    /// Whether it begins with `!`.
    let isTakenBack: Bool
    private let isForFolders: Bool
    /// Whether a slash in it ties it to the source folder; else it is one name, to be found anywhere.
    private let isAnchored: Bool
    private let components: [Component]

    /// nil for a comment or an empty line.
    init?(_ line: String) throws(SourceError) {
        var rest = Self.trimmed(line)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        isTakenBack = first == UInt8(ascii: "!")
        if isTakenBack { rest.removeFirst() }

        let slash = UInt8(ascii: "/")
        isForFolders = rest.last == slash
        if isForFolders { rest.removeLast() }
        isAnchored = rest.contains(slash)
        if rest.first == slash { rest.removeFirst() }

        var components: [Component] = []
        for component in rest.split(separator: slash, omittingEmptySubsequences: false) {
            if let reason = Self.fault(in: component) {
                throw SourceError(
                    .pattern, source: line, reason: "the pattern can match nothing: \(reason)",
                    hint:
                        #"patterns are written as in a .gitignore file; "\" before a character takes its meaning"#
                )
            }
            components.append(
                component.elementsEqual("**".utf8)
                    ? .anyFolders
                    : .name(Self.cString(component), composed: composed(component).map(Self.cString)))
        }
        self.components = components
    }

    /// `path` is in sort form, with a zero byte after each component, so that each is a C string.
    func matches(_ path: UnsafeRawBufferPointer, isFolder: Bool) -> Bool {
        guard isFolder || !isForFolders, let base = path.baseAddress else { return false }
        let bytes = base.assumingMemoryBound(to: CChar.self)
        let lastName = isAnchored ? 0 : (path.dropLast().lastIndex(of: 0) ?? -1) + 1
        return matches(components[...], bytes + lastName, bytes + path.count)
    }

    private func matches(
        _ pattern: ArraySlice<Component>, _ path: UnsafePointer<CChar>, _ end: UnsafePointer<CChar>
    ) -> Bool {
        guard let first = pattern.first else { return path == end }
        guard path < end else { return false }
        let rest = path + strlen(path) + 1
        switch first {
        case .anyFolders:
            // At the end, `a/**` matches all that is in `a`; elsewhere, no folder at all will do as well.
            return pattern.count == 1 || matches(pattern.dropFirst(), path, end)
                || matches(pattern, rest, end)
        case .name(let name, let composed):
            return (fnmatch(name, path, 0) == 0 || composed.map { Self.matchesComposed($0, path) } ?? false)
                && matches(pattern.dropFirst(), rest, end)
        }
    }

    private static func matchesComposed(_ pattern: [CChar], _ name: UnsafePointer<CChar>) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
        return composed(bytes).map { fnmatch(pattern, cString($0), 0) == 0 } ?? false
    }

    private static func cString(_ bytes: some Sequence<UInt8>) -> [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// Without the spaces at its end, unless a `\` stands before them.
    private static func trimmed(_ line: String) -> [UInt8] {
        var bytes = Array(line.utf8)
        while bytes.last == UInt8(ascii: " ") || bytes.last == UInt8(ascii: "\t") || bytes.last == 0x0D {
            guard !endsEscaped(bytes.dropLast()) else { break }
            bytes.removeLast()
        }
        return bytes
    }

    /// Whether what follows has its meaning taken: an odd number of `\` at the end.
    private static func endsEscaped(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        bytes.reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }

    /// Why no name can match; nil if one can.
    private static func fault(in component: ArraySlice<UInt8>) -> String? {
        if component.isEmpty { return "there is no name in it, or between two slashes" }
        if component.contains(0) { return "it has a zero byte" }
        if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) {
            return "no path has a \"\(displayed(component))\" in it"
        }
        if endsEscaped(component) { return "it ends in a \\" }
        return hasOpenBracket(component) ? "a [ has no ]" : nil
    }

    private static func hasOpenBracket(_ component: ArraySlice<UInt8>) -> Bool {
        var rest = component
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") { _ = rest.popFirst() }
            guard byte == UInt8(ascii: "[") else { continue }
            if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^") { rest.removeFirst() }
            // A ] at the beginning is one of the characters.
            if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
            var member = rest.popFirst()
            while let current = member, current != UInt8(ascii: "]") {
                if current == UInt8(ascii: "\\") { _ = rest.popFirst() }
                member = rest.popFirst()
            }
            if member == nil { return true }
        }
        return false
    }
}
