/// Where a file keeps what its camera and its photographer wrote about it: directories of EXIF, and an XMP packet.
///
/// A JPEG has both in segments before its picture; a file of TIFF's kind, as most raw files are, is EXIF's data itself;
/// CR3 keeps it in boxes of its own, HEIF and RAF behind the mark `Exif`.
///
/// Source: JPEG (ITU T.81), B.1.1; EXIF 2.32, 4.7.2; XMP part 3, 1.1.3; CR3 as Canon's cameras write it.
struct PhotoMetadata {
    /// In the order in which they are to be asked: the file's first, then EXIF's.
    let directories: [TIFFDirectory]
    let xmp: ArraySlice<UInt8>?

    private static let exifMark = Array("Exif\0\0".utf8)
    private static let xmpMark = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    /// CR3's names of the main directory, and of EXIF's.
    private static let boxNames = [Array("CMT1".utf8), Array("CMT2".utf8)]
    /// More than this is no packet, and is cut off.
    private static let maximumPacketByteCount = 4 << 20

    /// How far a mark or a box is looked for.
    private static let searchedByteCount = 1 << 20
    /// How many of them are looked behind.
    private static let maximumMarkCount = 64

    /// - Parameter file: all of it, or its beginning.
    init(of file: [UInt8]) {
        let blocks: [TIFFReader]
        if file.starts(with: [0xff, 0xd8]) {
            let segments = Self.applicationSegments(of: file)
            let tiff = segments.lazy.compactMap { $0.after(Self.exifMark) }.compactMap { TIFFReader($0) }
                .first
            blocks = tiff.map { [$0] } ?? []
            xmp = segments.lazy.compactMap { $0.after(Self.xmpMark) }.first
        } else if let tiff = TIFFReader(file[...]) {
            blocks = [tiff]
            xmp = tiff.main.bytes(of: .xmp, atMost: Self.maximumPacketByteCount)
        } else {
            blocks =
                Self.block(behind: Self.exifMark, in: file).map { [$0] }
                ?? Self.boxNames.compactMap { Self.block(behind: $0, in: file) }
            xmp = nil
        }
        directories = blocks.flatMap { [$0.main, $0.exif].compactMap(\.self) }
    }

    /// The contents of the segments of kind 1 before the picture.
    private static func applicationSegments(of jpeg: [UInt8]) -> [ArraySlice<UInt8>] {
        var segments: [ArraySlice<UInt8>] = []
        var offset = 2
        // A marker, before which may be more of its first byte, then a length that counts itself.
        while offset + 4 <= jpeg.count, jpeg[offset] == 0xff, jpeg[offset + 1] != 0xda {
            guard jpeg[offset + 1] != 0xff else {
                offset += 1
                continue
            }
            let end = offset + 2 + Int(jpeg[offset + 2]) << 8 + Int(jpeg[offset + 3])
            guard end >= offset + 4 else { break }
            // The last one of a file that is cut short has what is there.
            if jpeg[offset + 1] == 0xe1 { segments.append(jpeg[(offset + 4)..<min(end, jpeg.count)]) }
            offset = end
        }
        return segments
    }

    /// The first TIFF behind a mark: HEIF has the mark in its list of contents too.
    private static func block(behind mark: [UInt8], in file: [UInt8]) -> TIFFReader? {
        var rest = file.prefix(searchedByteCount)
        for _ in 0..<maximumMarkCount {
            guard let found = rest.firstRange(of: mark) else { return nil }
            rest = rest[found.upperBound...]
            if let tiff = TIFFReader(file[found.upperBound...]) { return tiff }
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// What follows these bytes, if it begins with them.
    fileprivate func after(_ mark: [UInt8]) -> ArraySlice<UInt8>? {
        starts(with: mark) ? dropFirst(mark.count) : nil
    }
}
