/// A directory of a TIFF: tags and their values.
///
/// Source: TIFF 6.0, sections 2 and 8; EXIF 2.32, 4.6.4 and 4.6.5.
struct TIFFDirectory {
    enum Tag: Int {
        case imageDescription = 0x010e
        case maker = 0x010f
        case model = 0x0110
        case orientation = 0x0112
        case xmp = 0x02bc
        /// Where EXIF's directory is.
        case exif = 0x8769
        /// `DateTimeOriginal`
        case taken = 0x9003
    }

    /// Those of single bytes: numbers, text, and what is not told.
    private static let byteTypes = [1, 2, 7]
    private static let entryByteCount = 12

    private let data: TIFFBytes
    private let start: Int

    /// - Parameter start: anything that the file says.
    init(in data: TIFFBytes, at start: Int) {
        (self.data, self.start) = (data, start)
    }

    /// The value of a tag that is one number of 16 bits.
    func number(of tag: Tag) -> Int? { entry(of: tag).flatMap { data.number(at: $0 + 8, byteCount: 2) } }

    /// The value of a tag that says where something is.
    func place(of tag: Tag) -> Int? { entry(of: tag).flatMap { data.number(at: $0 + 8, byteCount: 4) } }

    /// The value of a tag that is text or bytes, cut off behind so many; nil where the file does not have all of it.
    func bytes(of tag: Tag, atMost limit: Int) -> ArraySlice<UInt8>? {
        guard let entry = entry(of: tag), let type = data.number(at: entry + 2, byteCount: 2),
            Self.byteTypes.contains(type), let count = data.number(at: entry + 4, byteCount: 4),
            // What fits into four bytes stands where its place would.
            let place = count <= 4 ? entry + 8 : data.number(at: entry + 8, byteCount: 4)
        else { return nil }
        return data.slice(at: place, byteCount: count)?.prefix(limit)
    }

    /// The value of a tag that is text, up to a zero: UTF-8 or, in older files, Latin 1.
    func text(of tag: Tag, atMost byteCount: Int) -> String? {
        guard let text = bytes(of: tag, atMost: byteCount)?.prefix(while: { $0 != 0 }) else { return nil }
        return String(validating: text, as: UTF8.self)
            ?? String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) }))
    }

    /// Where the entry of a tag begins.
    private func entry(of tag: Tag) -> Int? {
        guard let count = data.number(at: start, byteCount: 2) else { return nil }
        return (0..<count).lazy.map { start + 2 + Self.entryByteCount * $0 }
            .first { data.number(at: $0, byteCount: 2) == tag.rawValue }
    }
}
