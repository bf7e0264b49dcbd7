/// Finds the directories of a TIFF, or of a raw file that is like one: the first, and the one of EXIF that it may name.
///
/// Nothing in the bytes is believed: every place is checked against their end, and no directory leads to a third.
///
/// Source: TIFF 6.0, section 2; EXIF 2.32, 4.6.3; the versions of Olympus (ORF) and Panasonic (RW2) as their cameras write them.
struct TIFFReader {
    let main: TIFFDirectory
    let exif: TIFFDirectory?

    private static let version = 42
    private static let rawVersions = [0x4f52, 0x5352, 0x55]

    /// nil for what has no head of a TIFF.
    init?(_ bytes: ArraySlice<UInt8>) {
        let data: TIFFBytes
        switch bytes.prefix(2) {
        case [0x49, 0x49]: data = TIFFBytes(bytes, isBigEndian: false)
        case [0x4d, 0x4d]: data = TIFFBytes(bytes, isBigEndian: true)
        default: return nil
        }
        guard let version = data.number(at: 2, byteCount: 2), let place = data.number(at: 4, byteCount: 4),
            version == Self.version || Self.rawVersions.contains(version)
        else { return nil }
        main = TIFFDirectory(in: data, at: place)
        exif = main.place(of: .exif).map { TIFFDirectory(in: data, at: $0) }
    }
}

/// The bytes of a TIFF, in whose order its numbers are written.
struct TIFFBytes {
    private let bytes: ArraySlice<UInt8>
    private let isBigEndian: Bool

    init(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) {
        (self.bytes, self.isBigEndian) = (bytes, isBigEndian)
    }

    /// A number of at most four bytes; nil where they are not all there.
    func number(at offset: Int, byteCount: Int) -> Int? {
        guard let slice = slice(at: offset, byteCount: byteCount) else { return nil }
        return isBigEndian
            ? slice.reduce(0) { $0 << 8 | Int($1) } : slice.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// nil where they are not all there.
    func slice(at offset: Int, byteCount: Int) -> ArraySlice<UInt8>? {
        guard byteCount <= bytes.count, offset <= bytes.count - byteCount else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<(start + byteCount)]
    }
}
