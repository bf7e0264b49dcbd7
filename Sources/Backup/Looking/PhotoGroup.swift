public import Vault

/// The files of one picture: RAW, JPEG or HEIC, sidecars, and the film of a live photo, which lie in one folder and have
/// one name before the dot.
///
/// Sidecars are found by both customs: `IMG_1.xmp` (Adobe, Capture One) and `IMG_1.CR2.xmp` (darktable, digiKam). Names
/// are compared with case, extensions without.
public struct PhotoGroup: Hashable, Sendable {
    /// The folder and the name without extensions, which every member's path begins with; as people read it.
    public let name: [UInt8]
    /// What the paths of members, in sort form, begin with: they and few others stand together in walk order.
    let prefix: [UInt8]

    /// Of a file by its path; nil for one of no kind that belongs to a picture.
    public init?(_ path: EntryPath) {
        let bytes = path.sortBytes
        let nameStart = (bytes.lastIndex(of: 0) ?? -1) + 1
        var stem = bytes[nameStart...]
        guard let kind = Self.takeExtension(of: &stem) else { return nil }
        if kind == .sidecar {
            var inner = stem
            if let kind = Self.takeExtension(of: &inner), kind != .sidecar { stem = inner }
        }
        prefix = bytes[..<nameStart] + stem + [UInt8(ascii: ".")]
        name = prefix.dropLast().map { $0 == 0 ? UInt8(ascii: "/") : $0 }
    }

    /// Whether the file holds what is known of a picture, and not the picture.
    public static func isSidecar(_ path: EntryPath) -> Bool {
        var name = path.components[path.components.count - 1]
        return takeExtension(of: &name) == .sidecar
    }

    private enum Kind {
        case picture, film, sidecar
    }

    /// The kind that the extension tells, which is taken off; a name must be left.
    private static func takeExtension(of name: inout ArraySlice<UInt8>) -> Kind? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex,
            let kind = kinds[String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()]
        else { return nil }
        name = name[..<dot]
        return kind
    }

    private static let kinds: [String: Kind] = {
        let pictures = """
            jpg jpeg heic heif hif avif tif tiff dng raw nef nrw cr2 cr3 crw arw srf sr2 raf orf rw2 rwl pef srw 3fr fff iiq \
            mef mos mrw kdc dcr erf x3f gpr
            """
        let all: [(String, Kind)] = [
            (pictures, .picture), ("mov mp4", .film), ("xmp aae thm pp3 dop wav", .sidecar),
        ]
        return Dictionary(
            uniqueKeysWithValues: all.flatMap { names, kind in
                names.split(separator: " ").map { (String($0), kind) }
            })
    }()
}
