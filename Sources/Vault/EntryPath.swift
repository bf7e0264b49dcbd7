/// A path inside a snapshot, as bytes, relative to where a restore begins: `Weddings/2026/a.jpg`.
///
/// Held in sort form: `/` as byte 0, which no name can contain, so that comparing bytes gives the order in
/// which a walk of folders meets the entries.
public struct EntryPath: Hashable, Comparable, Sendable {
    /// The path with byte 0 between its components.
    public let sortBytes: [UInt8]

    /// nil unless it is one or more names joined with `/`, none of them empty, `.` or `..`, none with a zero
    /// byte: what a restore could be led out of its folder by is no path.
    public init?(_ bytes: some Sequence<UInt8>) {
        var sortBytes = Array(bytes)
        guard !sortBytes.contains(0) else { return nil }
        for index in sortBytes.indices where sortBytes[index] == UInt8(ascii: "/") { sortBytes[index] = 0 }
        self.init(sortBytes: sortBytes)
    }

    /// The path with `/` already written as 0; nil as above.
    public init?(sortBytes: [UInt8]) {
        var length = 0
        var dots = 0
        for byte in sortBytes {
            switch byte {
            case 0:
                guard length > 0, !(dots == length && length <= 2) else { return nil }
                length = 0
                dots = 0
                continue
            case UInt8(ascii: "/"): return nil
            case UInt8(ascii: "."): dots += 1
            default: break
            }
            length += 1
        }
        guard length > 0, !(dots == length && length <= 2) else { return nil }
        self.sortBytes = sortBytes
    }

    /// With `/` between the components.
    public var bytes: [UInt8] { sortBytes.map { $0 == 0 ? UInt8(ascii: "/") : $0 } }

    public var components: [ArraySlice<UInt8>] { sortBytes.split(separator: 0) }

    /// The path without its last component; nil at the top.
    public var parent: EntryPath? {
        guard let end = sortBytes.lastIndex(of: 0) else { return nil }
        return EntryPath(sortBytes: Array(sortBytes[..<end]))
    }

    /// Its first component: this path itself at the top.
    public var root: EntryPath {
        guard let end = sortBytes.firstIndex(of: 0) else { return self }
        return EntryPath(sortBytes: Array(sortBytes[..<end])) ?? self
    }

    /// Whether this is `ancestor` itself or lies below it.
    public func isWithin(_ ancestor: EntryPath) -> Bool {
        sortBytes.starts(with: ancestor.sortBytes)
            && (sortBytes.count == ancestor.sortBytes.count || sortBytes[ancestor.sortBytes.count] == 0)
    }

    public static func < (left: EntryPath, right: EntryPath) -> Bool {
        left.sortBytes.lexicographicallyPrecedes(right.sortBytes)
    }
}
