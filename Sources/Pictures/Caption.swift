/// The words that a photographer wrote to a picture.
///
/// Source: XMP part 1, 8.4 (`dc:description`); EXIF 2.32, tag 0x010e (`ImageDescription`).
public struct Caption: Sendable, Equatable {
    public let text: String

    /// More than this is no caption, and is cut off.
    private static let maximumCharacterCount = 2_000
    /// As many as a segment of a JPEG has room for.
    private static let maximumByteCount = 1 << 16

    /// Of a JPEG, or a file of TIFF's kind, as most raw files are; nil where nobody wrote one.
    ///
    /// XMP comes first, because editors write it last. What cameras write of themselves counts as nothing.
    init?(in metadata: PhotoMetadata) {
        let written = [
            metadata.xmp.flatMap(Self.description(inXMP:)),
            metadata.directories.first?.text(of: .imageDescription, atMost: Self.maximumByteCount),
        ]
        guard let text = written.lazy.compactMap(\.self).map(Self.tidied).first(where: { !$0.isEmpty }) else {
            return nil
        }
        self.text = text
    }

    /// On one line.
    private static func tidied(_ text: String) -> String {
        let words = text.unicodeScalars.split { $0.properties.isWhitespace || $0.value < 0x20 }
        let line = words.map { String($0) }.joined(separator: " ")
        return isCamera(line) ? "" : String(line.prefix(maximumCharacterCount))
    }

    private static func isCamera(_ text: String) -> Bool {
        let name = text.uppercased()
        return name.hasSuffix("DIGITAL CAMERA") || ["SONY DSC", "DCIM", "DSC"].contains(name)
    }

    /// The first language of the description, which is the default one.
    private static func description(inXMP packet: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: packet, as: UTF8.self)
        guard let start = text.firstRange(of: "<dc:description")?.upperBound,
            let end = text[start...].firstRange(of: "</dc:description>")?.lowerBound,
            let item = text[start..<end].firstRange(of: "<rdf:li")?.upperBound,
            let opened = text[item..<end].firstIndex(of: ">").map(text.index(after:)),
            let closed = text[opened..<end].firstRange(of: "</rdf:li>")?.lowerBound
        else { return nil }
        return unescaped(text[opened..<closed])
    }

    private static let entities: [Substring: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]

    /// `#x10ffff`
    private static let longestEntity = 8

    /// Source: XML 1.0, 4.1 and 4.6.
    private static func unescaped(_ text: Substring) -> String {
        var plain = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            plain += rest[..<start]
            rest = rest[rest.index(after: start)...]
            let name = rest.prefix(longestEntity + 1).prefix { $0 != ";" }
            guard let scalar = entities[name] ?? numbered(name), name.endIndex < rest.endIndex else {
                plain += "&"
                continue
            }
            plain.unicodeScalars.append(scalar)
            rest = rest[rest.index(after: name.endIndex)...]
        }
        return plain + rest
    }

    /// `#228` or `#xe4`.
    private static func numbered(_ name: Substring) -> Unicode.Scalar? {
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init)
    }
}
