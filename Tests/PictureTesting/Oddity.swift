internal import SoakTesting

/// One way in which a picture is odd.
enum Oddity: CaseIterable {
    case cutShort, empty, flippedBits, changedBytes, otherTail, noise, text, zeros
    case hugeJPEG, largeJPEG, hugeTIFF, manySegments, manyStarts, manyMarks, nestedBoxes
    case entryOfDirectory, placeOfDirectory, directoryInItself, embeddedOutside

    func apply(to picture: [UInt8], _ other: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        switch self {
        case .cutShort: return Array(picture[..<Int.random(in: 0..<picture.count, using: &generator)])
        case .empty: return Array(picture[..<Int.random(in: 0...12, using: &generator)])
        case .flippedBits:
            var bytes = picture
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                let bit: UInt8 = 1 << UInt8.random(in: 0..<8, using: &generator)
                bytes[Int.random(in: bytes.indices, using: &generator)] ^= bit
            }
            return bytes
        case .changedBytes: return Mutation.apply(to: picture, donor: other, using: &generator)
        case .otherTail:
            let tail = other[Int.random(in: 0..<other.count, using: &generator)...]
            return Array(picture[..<Int.random(in: 0..<picture.count, using: &generator)] + tail)
        case .noise: return Array(picture[..<12]) + generator.bytes(20_000)
        case .text: return Array("This is no picture, whatever it is called.\n".utf8)
        case .zeros: return [UInt8](repeating: 0, count: 1 << Int.random(in: 0...19, using: &generator))
        case .hugeJPEG: return picture.withFrame(width: 65_535, height: 65_535)
        // What a camera could have made, of which hardly anything is there.
        case .largeJPEG: return picture.withFrame(width: 12_000, height: 9_000)
        case .hugeTIFF:
            let tags = [0x0100, 0x0101, 0x0111, 0x0112, 0x0115, 0x0117]
            let entries = tags.map {
                HandMadeTIFF.Entry(tag: $0, type: 4, count: 0xffff_ffff, value: 0xffff_ffff)
            }
            return HandMadeTIFF(entries: entries).bytes
        case .manySegments:
            return Array(picture.prefix(2) + generator.pick(Self.tenThousandSegments) + picture.dropFirst(2))
        case .manyStarts: return Self.hundredStarts
        case .manyMarks: return Self.tenThousandMarks
        case .nestedBoxes: return Self.tenThousandBoxes
        case .entryOfDirectory, .placeOfDirectory, .directoryInItself, .embeddedOutside:
            return withDirectoryChanged(picture, using: &generator)
        }
    }

    /// Of three kinds.
    private static let tenThousandSegments = [0xe0, 0xe1, 0xfe].map { kind -> [UInt8] in
        Array(repeatElement([0xff, kind, 0, 6] + MadePicture.exifMark.prefix(4), count: 10_000).joined())
    }
    private static let hundredStarts = Array(
        repeatElement(MadePicture.quarters.prefix(200), count: 100).joined())
    private static let tenThousandMarks = Array(
        repeatElement(MadePicture.exifMark + Array("MM\0*".utf8), count: 10_000).joined())

    /// Each in the one before.
    private static let tenThousandBoxes: [UInt8] = {
        let names = ["moov", "meta", "uuid", "CMT1"].map { Array($0.utf8) }
        return Array("\0\0\0\u{18}ftypheic".utf8)
            + (0..<10_000).flatMap { HandMadeTIFF.number(80_000 - 8 * $0, 4).reversed() + names[$0 % 4] }
    }()

    /// With a directory that says what is not so. In what is no picture with one, such a directory.
    private func withDirectoryChanged(_ picture: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = picture
        guard let start = picture.firstRange(of: Array("II*\0".utf8))?.lowerBound, start + 100 < picture.count
        else { return HandMadeTIFF(entries: [.init(tag: 0x8769, type: 4, count: 1, value: 8)]).bytes }
        func write(_ value: Int, at place: Int, _ byteCount: Int = 4) {
            bytes.replaceSubrange(
                (start + place)..<(start + place + byteCount), with: HandMadeTIFF.number(value, byteCount))
        }
        let hostile = [0, 4, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_fff4, 0xffff_ffff, picture.count - start]
        switch self {
        case .placeOfDirectory: write(generator.pick(hostile), at: 4)
        case .directoryInItself:
            // What should lead to EXIF's leads to this one, as does the place of the next.
            for entry in 0..<6 { write(8, at: 8 + 2 + 12 * entry + 8) }
        case .embeddedOutside:
            write(0x0201, at: 8 + 2, 2)
            write(0x7fff_ffff, at: 8 + 2 + 8)
        default:
            let entry = 8 + 2 + 12 * Int.random(in: 0..<4, using: &generator)
            let (field, byteCount) = generator.pick([(0, 2), (2, 2), (4, 4), (8, 4)])
            write(generator.pick(hostile), at: entry + field, byteCount)
            if generator.chance(30) { write(0xffff, at: 8, 2) }
        }
        return bytes
    }
}

/// A TIFF of one directory, little-endian.
private struct HandMadeTIFF {
    struct Entry {
        let tag: Int
        let type: Int
        let count: Int
        let value: Int
    }

    let entries: [Entry]

    static func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    var bytes: [UInt8] {
        let directory = entries.flatMap {
            Self.number($0.tag, 2) + Self.number($0.type, 2) + Self.number($0.count, 4)
                + Self.number($0.value, 4)
        }
        return Array("II*\0".utf8) + Self.number(8, 4) + Self.number(entries.count, 2) + directory
            + Self.number(8, 4)
    }
}

extension [UInt8] {
    /// With another size in every frame of a JPEG in it; one with that size where there is none.
    fileprivate func withFrame(width: Int, height: Int) -> [UInt8] {
        var bytes = firstRange(of: [0xff, 0xc0, 0]) == nil ? MadePicture.quarters : self
        for place in bytes.indices.dropLast(9) where bytes[place] == 0xff && bytes[place + 1] == 0xc0 {
            let sides = [height >> 8, height & 0xff, width >> 8, width & 0xff]
            for (index, byte) in sides.enumerated() { bytes[place + 5 + index] = UInt8(byte) }
        }
        return bytes
    }
}
