internal import Backup
internal import Foundation

/// Reads from the first bytes of a picture what the camera wrote, wherever the file type keeps it: JPEG, HEIF and RAF behind
/// the mark `Exif`, CR3 in boxes of its own, other RAW files as the TIFF that they are.
///
/// Source: EXIF 2.32, section 4.6; TIFF 6.0, section 2. Nothing in the bytes is believed: every place is checked, directories are
/// followed one deep, and a text has a bound.
struct ExifHeader {
    private(set) var facts = PictureFacts()

    init(_ bytes: [UInt8]) {
        var maker = ""
        var model = ""
        for start in Self.directories(in: bytes) {
            guard let tiff = TIFFBlock(bytes, start: start) else { continue }
            let directories = [tiff.first, tiff.value(of: .exif, in: tiff.first).map(Int.init)]
            for directory in directories.compactMap({ $0 }) {
                if maker.isEmpty { maker = tiff.text(of: .maker, in: directory) ?? "" }
                if model.isEmpty { model = tiff.text(of: .model, in: directory) ?? "" }
                facts.taken = facts.taken ?? tiff.text(of: .taken, in: directory).flatMap(Self.seconds)
            }
        }
        // Models often begin with their maker.
        let begin = maker.split(separator: " ").first.map { $0.lowercased() } ?? ""
        let camera = model.lowercased().hasPrefix(begin) ? model : "\(maker) \(model)"
        if !camera.trimmingCharacters(in: .whitespaces).isEmpty {
            facts.camera = camera.trimmingCharacters(in: .whitespaces)
        }
    }

    /// Where blocks of TIFF begin.
    private static func directories(in bytes: [UInt8]) -> [Int] {
        if TIFFBlock(bytes, start: 0) != nil { return [0] }
        if let exif = bytes.firstRange(of: Array("Exif\0\0".utf8)) { return [exif.upperBound] }
        // CR3: the main directory, and the one of EXIF.
        return ["CMT1", "CMT2"].compactMap { bytes.firstRange(of: Array($0.utf8))?.upperBound }
    }

    /// `2026:11:21 17:28:00`, as a clock in UTC would mean it; nil for what is no time.
    private static func seconds(_ text: String) -> Int64? {
        let numbers = text.split { $0 == ":" || $0 == " " }.map { Int($0) }
        guard numbers.count == 6, let year = numbers[0], let month = numbers[1], let day = numbers[2],
            let hour = numbers[3], let minute = numbers[4], let second = numbers[5],
            (1900...2200).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        // Days from the first of March of year 0: the leap day is then the last of its year.
        let shifted = month > 2 ? year : year - 1
        let yearDay = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + yearDay - 719_468
        return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
    }
}

/// A block of TIFF among other bytes.
private struct TIFFBlock {
    enum Tag: Int {
        case maker = 0x010f
        case model = 0x0110
        case exif = 0x8769
        case taken = 0x9003
    }

    private static let maximumTextByteCount = 64

    private let bytes: ArraySlice<UInt8>
    private let isBigEndian: Bool
    /// Where the first directory is.
    private(set) var first = 0

    /// nil where it has no head of a TIFF, or of the RAW files that are like one (ORF, RW2).
    init?(_ bytes: [UInt8], start: Int) {
        guard start <= bytes.count - 8 else { return nil }
        self.bytes = bytes[start...]
        switch String(decoding: bytes[start..<(start + 2)], as: UTF8.self) {
        case "II": isBigEndian = false
        case "MM": isBigEndian = true
        default: return nil
        }
        guard let version = number(at: 2, byteCount: 2), [42, 0x4f52, 0x5352, 0x55].contains(version),
            let first = number(at: 4, byteCount: 4)
        else { return nil }
        self.first = first
    }

    /// A number, or where something is.
    func value(of tag: Tag, in directory: Int) -> UInt32? {
        place(of: tag, in: directory).flatMap { number(at: $0 + 8, byteCount: 4) }.map { UInt32($0) }
    }

    func text(of tag: Tag, in directory: Int) -> String? {
        guard let place = place(of: tag, in: directory), number(at: place + 2, byteCount: 2) == 2,
            let count = number(at: place + 4, byteCount: 4),
            let start = count > 4 ? number(at: place + 8, byteCount: 4) : place + 8
        else { return nil }
        guard count <= Self.maximumTextByteCount, let text = slice(at: start, byteCount: count) else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines.union(.controlCharacters))
    }

    private func place(of tag: Tag, in directory: Int) -> Int? {
        guard let count = number(at: directory, byteCount: 2) else { return nil }
        return (0..<count).lazy.map { directory + 2 + 12 * $0 }
            .first { number(at: $0, byteCount: 2) == tag.rawValue }
    }

    private func number(at offset: Int, byteCount: Int) -> Int? {
        guard let slice = slice(at: offset, byteCount: byteCount) else { return nil }
        return (isBigEndian ? Array(slice) : slice.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }

    private func slice(at offset: Int, byteCount: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, byteCount >= 0, offset <= bytes.count - byteCount else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<(start + byteCount)]
    }
}
