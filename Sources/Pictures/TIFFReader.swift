/// Reads the first directory of a TIFF.
///
/// Source: TIFF 6.0, sections 2 and 8.
struct TIFFReader {
    enum Tag: Int {
        case imageDescription = 0x010e
        case orientation = 0x0112
        case xmp = 0x02bc
    }

    private let data: ArraySlice<UInt8>
    private let isBigEndian: Bool

    /// nil for what is no TIFF.
    init?(_ data: ArraySlice<UInt8>) {
        switch data.prefix(2) {
        case [0x49, 0x49]: isBigEndian = false
        case [0x4d, 0x4d]: isBigEndian = true
        default: return nil
        }
        self.data = data
    }

    /// The value of a tag that is one number of 16 bits.
    func number(of tag: Tag) -> Int? { place(of: tag).flatMap { number(at: $0 + 8, byteCount: 2) } }

    /// The value of a tag that is text or bytes.
    func bytes(of tag: Tag) -> ArraySlice<UInt8>? {
        guard let place = place(of: tag), let type = number(at: place + 2, byteCount: 2),
            [1, 2, 7].contains(type), let count = number(at: place + 4, byteCount: 4)
        else { return nil }
        // What fits into four bytes stands where the offset would.
        return count <= 4
            ? slice(at: place + 8, count)
            : number(at: place + 8, byteCount: 4).flatMap { slice(at: $0, count) }
    }

    /// Where the directory's entry for a tag begins.
    private func place(of tag: Tag) -> Int? {
        guard let directory = number(at: 4, byteCount: 4), let count = number(at: directory, byteCount: 2)
        else { return nil }
        return (0..<count).lazy.map { directory + 2 + 12 * $0 }.first {
            number(at: $0, byteCount: 2) == tag.rawValue
        }
    }

    private func number(at offset: Int, byteCount: Int) -> Int? {
        guard let bytes = slice(at: offset, byteCount) else { return nil }
        return (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }

    private func slice(at offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard offset + count <= data.count else { return nil }
        return data.dropFirst(offset).prefix(count)
    }
}
