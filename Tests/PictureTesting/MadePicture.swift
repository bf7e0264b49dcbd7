internal import Foundation

/// Pictures as cameras write them, put together after EXIF 2.32 and TIFF 6.0.
public enum MadePicture {
    /// A JPEG without EXIF, of 32 × 16 pixels: above red and green, below blue and white.
    public static let quarters = [UInt8](
        Data(
            base64Encoded: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
                FBQUFBQUFBT/wAARCAAQACADAREAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAgJCv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/\
                xAAZAQEAAwEBAAAAAAAAAAAAAAAABwkKBgj/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCdEGLUwFjISZjwGXjR\
                m9ygOltVY7gB/9k=
                """)!)

    /// The mark before EXIF's data.
    public static let exifMark = Array("Exif\0\0".utf8)

    /// A JPEG with EXIF: two directories, maker, model and the moment taken.
    public static func jpeg(
        maker: String, model: String, taken: String, isBigEndian: Bool = false
    ) -> [UInt8] {
        let tiff = tiff(maker: maker, model: model, taken: taken, isBigEndian: isBigEndian)
        return quarters[..<2] + segment(exifMark + tiff) + quarters[2...]
    }

    /// A segment of a JPEG, of kind 1.
    public static func segment(_ content: [UInt8]) -> [UInt8] {
        let length = content.count + 2
        return [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + content
    }

    /// One of each kind that has its EXIF at another place, by a name for it.
    public static func everyKind(maker: String, model: String, taken: String) -> [String: [UInt8]] {
        let tiff = tiff(maker: maker, model: model, taken: taken, isBigEndian: false)
        let jpeg = jpeg(maker: maker, model: model, taken: taken)
        var kinds = ["jpg": jpeg, "tif": tiff, "nef": tiff + quarters]
        kinds["raf"] = Array("FUJIFILMCCD-RAW 0201".utf8) + jpeg
        for (name, version) in ["orf": "RO", "older orf": "RS", "rw2": "U\0"] {
            kinds[name] = tiff[..<2] + version.utf8 + tiff[4...] + quarters
        }
        // The mark is in the list of contents, and once more before the data.
        let contents = "\0\0\0\u{18}ftypheic....infeExif\0\0\0\u{15}infe\0\0\0\u{6}"
        kinds["heic"] = Array(contents.utf8) + exifMark + tiff
        // Canon's: the main directory in one box, that of EXIF in another.
        let main = self.tiff(maker: maker, model: model, taken: "", isBigEndian: false)
        let exif = self.tiff(maker: "", model: "", taken: taken, isBigEndian: false)
        kinds["cr3"] =
            Array("\0\0\0\u{18}ftypcrx ....CMT1".utf8) + main + Array("....CMT2".utf8) + exif

        let start = Array(quarters[..<2])
        let xmp = segment(Array("http://ns.adobe.com/xap/1.0/\0".utf8))
        kinds["jpg with XMP first"] = start + xmp + jpeg[2...]
        kinds["jpg with bytes that fill"] = start + [0xff, 0xff] + jpeg[2...]
        kinds["jpg that ends in its segment"] = start + [0xff, 0xe1, 0xff, 0xff] + exifMark + tiff
        return kinds
    }

    /// Those of every kind that have `quarters` in them.
    public static let kindsWithPicture: Set = [
        "jpg", "jpg with XMP first", "jpg with bytes that fill", "nef", "raf", "orf", "older orf", "rw2",
    ]

    /// What is behind EXIF's mark, and what most RAW files begin with.
    public static func tiff(maker: String, model: String, taken: String, isBigEndian: Bool) -> [UInt8] {
        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isBigEndian ? bytes.reversed() : bytes
        }
        // A head of 8 bytes; 3 entries of 12 with a count and the next directory's place: 42; then one entry: 18.
        let texts = [maker, model, taken].map { Array($0.utf8) + [0] }
        var entries: [[UInt8]] = []
        var behind: [UInt8] = []
        for (tag, text) in zip([0x010f, 0x0110, 0x9003], texts) {
            // Up to four bytes stand in the place of their place.
            let isShort = text.count <= 4
            let value =
                isShort
                ? text + Array(repeating: 0, count: 4 - text.count) : number(8 + 42 + 18 + behind.count, 4)
            entries.append(number(tag, 2) + number(2, 2) + number(text.count, 4) + value)
            if !isShort { behind += text }
        }
        let exif = number(0x8769, 2) + number(4, 2) + number(1, 4) + number(8 + 42, 4)
        let head = Array((isBigEndian ? "MM" : "II").utf8) + number(42, 2) + number(8, 4)
        let first = number(3, 2) + entries[0] + entries[1] + exif + number(0, 4)
        let second = number(1, 2) + entries[2] + number(0, 4)
        return head + first + second + behind
    }
}
