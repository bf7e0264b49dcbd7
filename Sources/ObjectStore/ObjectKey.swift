/// An object's name inside a replica: one to 512 bytes of `[a-z0-9/._-]`, so that no provider's escaping
/// rules matter. `README.txt` is the one name outside that alphabet.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public static let readme = ObjectKey(unchecked: "README.txt")

    private init(unchecked rawValue: String) { self.rawValue = rawValue }

    /// nil when `rawValue` is not such a name: empty, too long, another character, a leading or trailing or
    /// doubled slash, or a component `.` or `..`.
    public init?(_ rawValue: String) {
        guard rawValue == Self.readme.rawValue || Self.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private static func isValid(_ name: String) -> Bool {
        var componentLength = 0
        var onlyDots = true
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                guard componentLength > 0, !(onlyDots && componentLength <= 2) else { return false }
                componentLength = 0
                onlyDots = true
                continue
            case UInt8(ascii: "."):
                break
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                onlyDots = false
            default:
                return false
            }
            componentLength += 1
        }
        return componentLength > 0 && !(onlyDots && componentLength <= 2) && name.utf8.count <= 512
    }

    /// By bytes, which is the order of an S3 listing.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    public var description: String { rawValue }
}
