/// The beginning of a picture as a camera writes it, put together after EXIF 2.32 and TIFF 6.0.
public enum MadePicture {
    /// A JPEG with EXIF: two directories, maker, model and the moment taken.
    public static func jpeg(
        maker: String, model: String, taken: String, isBigEndian: Bool = false
    ) -> [UInt8] {
        let tiff = tiff(maker: maker, model: model, taken: taken, isBigEndian: isBigEndian)
        let segment = Array("Exif\0\0".utf8) + tiff
        let length = segment.count + 2
        return [0xff, 0xd8, 0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + segment + [
            0xff, 0xda, 1, 2, 3,
        ]
    }

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
