/// How a picture is to be turned to stand upright, as its camera wrote down.
///
/// Source: EXIF 2.32, tag 0x0112; TIFF 6.0, sections 2 and 8.
public enum Orientation: UInt8, Sendable, CaseIterable {
    case upright = 1
    case mirrored
    case turnedAround
    case mirroredTurnedAround
    case transposed
    case turnedRight
    case transversed
    case turnedLeft

    /// Whether width and height change places.
    var swapsSides: Bool { rawValue >= 5 }

    /// Where the pixel of the upright picture comes from.
    ///
    /// - Parameters: of the stored picture.
    func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .turnedAround: (width - 1 - x, height - 1 - y)
        case .mirroredTurnedAround: (x, height - 1 - y)
        case .transposed: (y, x)
        case .turnedRight: (y, height - 1 - x)
        case .transversed: (width - 1 - y, height - 1 - x)
        case .turnedLeft: (width - 1 - y, x)
        }
    }

    /// Of a JPEG with EXIF, or a file of TIFF's kind, as most raw files are; upright where neither says it.
    init(of file: [UInt8]) {
        self = (EXIF.start(in: file).flatMap { TIFFReader(file, start: $0)?.orientation }) ?? .upright
    }
}

/// Where EXIF's data begins.
private enum EXIF {
    /// The start of the TIFF header; nil where there is none.
    static func start(in file: [UInt8]) -> Int? {
        guard file.starts(with: [0xff, 0xd8]) else { return 0 }
        var offset = 2
        // Segments: a marker, then a length that counts itself.
        while offset + 10 <= file.count, file[offset] == 0xff, file[offset + 1] != 0xda {
            if file[offset + 1] == 0xe1, file[(offset + 4)...].starts(with: Array("Exif\0\0".utf8)) {
                return offset + 10
            }
            offset += 2 + Int(file[offset + 2]) << 8 + Int(file[offset + 3])
        }
        return nil
    }
}

/// Reads the first directory of a TIFF.
private struct TIFFReader {
    private let file: [UInt8]
    private let start: Int
    private let isBigEndian: Bool

    init?(_ file: [UInt8], start: Int) {
        guard start >= 0, start + 8 <= file.count else { return nil }
        switch (file[start], file[start + 1]) {
        case (0x49, 0x49): isBigEndian = false
        case (0x4d, 0x4d): isBigEndian = true
        default: return nil
        }
        self.file = file
        self.start = start
    }

    var orientation: Orientation? {
        guard let directory = number(at: 4, byteCount: 4), let count = number(at: directory, byteCount: 2)
        else {
            return nil
        }
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(at: place, byteCount: 2) else { return nil }
            if tag == 0x0112 {
                return number(at: place + 8, byteCount: 2).flatMap {
                    Orientation(rawValue: UInt8(truncatingIfNeeded: $0))
                }
            }
        }
        return nil
    }

    private func number(at offset: Int, byteCount: Int) -> Int? {
        guard start + offset + byteCount <= file.count else { return nil }
        let bytes = file[(start + offset)..<(start + offset + byteCount)]
        return (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
}
