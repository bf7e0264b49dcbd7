/// Where a file keeps what its camera and its photographer wrote about it: EXIF's data, and an XMP packet.
///
/// A JPEG has both in segments before its picture; a file of TIFF's kind, as most raw files are, is EXIF's data itself.
///
/// Source: JPEG (ITU T.81), B.1.1; EXIF 2.32, 4.7.2; XMP part 3, 1.1.3.
struct PhotoMetadata {
    let exif: TIFFReader?
    let xmp: ArraySlice<UInt8>?

    init(of file: [UInt8]) {
        guard file.starts(with: [0xff, 0xd8]) else {
            exif = TIFFReader(file[...])
            xmp = exif?.bytes(of: .xmp)
            return
        }
        var exif: TIFFReader?
        var xmp: ArraySlice<UInt8>?
        var offset = 2
        // Segments: a marker, then a length that counts itself.
        while offset + 4 <= file.count, file[offset] == 0xff, file[offset + 1] != 0xda {
            let end = offset + 2 + Int(file[offset + 2]) << 8 + Int(file[offset + 3])
            guard end >= offset + 4, end <= file.count else { break }
            if file[offset + 1] == 0xe1 {
                let segment = file[(offset + 4)..<end]
                if exif == nil, let data = segment.after("Exif\0\0") { exif = TIFFReader(data) }
                if xmp == nil { xmp = segment.after("http://ns.adobe.com/xap/1.0/\0") }
            }
            offset = end
        }
        (self.exif, self.xmp) = (exif, xmp)
    }
}

extension ArraySlice<UInt8> {
    /// What follows this text, if it begins with it.
    fileprivate func after(_ text: String) -> ArraySlice<UInt8>? {
        starts(with: text.utf8) ? dropFirst(text.utf8.count) : nil
    }
}
