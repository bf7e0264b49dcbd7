public import Crypto

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

    /// `folder/`, the digest's first two hexadecimal digits, `/`, and all 64 of them: a pack's name, of which a
    /// listing has millions, written without checking what cannot be wrong.
    ///
    /// - Parameter folder: of the characters of names, without slashes.
    public init(folder: StaticString, digest: SHA256Digest) {
        let folderLength = folder.utf8CodeUnitCount
        rawValue = String(unsafeUninitializedCapacity: folderLength + 4 + 2 * SHA256Digest.byteCount) {
            name in
            for index in 0..<folderLength { name[index] = folder.utf8Start[index] }
            var end = folderLength
            func append(_ byte: UInt8) {
                name[end] = byte
                end += 1
            }
            func append(hex byte: UInt8) {
                let digits: StaticString = "0123456789abcdef"
                append(digits.utf8Start[Int(byte >> 4)])
                append(digits.utf8Start[Int(byte & 15)])
            }
            append(UInt8(ascii: "/"))
            withUnsafeTemporaryAllocation(byteCount: SHA256Digest.byteCount, alignment: 8) { bytes in
                digest.write(to: bytes)
                append(hex: bytes[0])
                append(UInt8(ascii: "/"))
                for byte in bytes { append(hex: byte) }
            }
            return end
        }
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
