internal import ObjectStore

extension XMLReader {
    /// The answer with a question mark in place of what XML 1.0 cannot hold: the control characters and other scalars that
    /// it forbids, as bytes and as references, and bytes that are no UTF-8.
    ///
    /// Names at S3 are any bytes, and services write them down as they are: one name of a stranger must not hide all
    /// others. None of ours has a question mark, so that a name that needed this stays a foreign one.
    ///
    /// Source: XML 1.0, section 2.2; RFC 3629, section 4
    static func repaired(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var repaired: [UInt8] = []
        repaired.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
            if let reference = forbiddenReference(rest) {
                repaired.append(UInt8(ascii: "?"))
                index += reference
            } else if let length = characterLength(rest) {
                repaired += rest.prefix(length)
                index += length
            } else {
                repaired.append(UInt8(ascii: "?"))
                index += 1
            }
        }
        return repaired
    }

    /// How long the reference is that stands here, if it is to a character that XML cannot hold.
    private static func forbiddenReference(_ bytes: UnsafeRawBufferPointer) -> Int? {
        // The longest is `&#x10FFFF;`, but zeros may precede.
        guard bytes.starts(with: "&#".utf8), let end = bytes.prefix(20).firstIndex(of: UInt8(ascii: ";"))
        else {
            return nil
        }
        let digits = String(decoding: bytes[2..<end], as: UTF8.self)
        let number =
            digits.hasPrefix("x") || digits.hasPrefix("X") ? Int(digits.dropFirst(), radix: 16) : Int(digits)
        guard let number, !isAllowed(number) else { return nil }
        return end + 1
    }

    /// How many bytes the character has that stands here; nil where there is none that XML can hold.
    private static func characterLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let first = bytes[0]
        if first < 0x80 { return isAllowed(Int(first)) ? 1 : nil }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard first >= 0xc2, first <= 0xf4, bytes.count >= length,
            bytes[1..<length].allSatisfy({ $0 & 0xc0 == 0x80 })
        else { return nil }
        let scalar = bytes[1..<length].reduce(Int(first) & (0x7f >> length)) { $0 << 6 | Int($1 & 0x3f) }
        let isShortest = scalar >= [0x80, 0x800, 0x10000][length - 2]
        return isShortest && isAllowed(scalar) ? length : nil
    }

    private static func isAllowed(_ scalar: Int) -> Bool {
        switch scalar {
        case 0x09, 0x0a, 0x0d, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
        default: false
        }
    }

    /// What `read` makes of the answer, or else of what it is with a question mark in place of what XML cannot hold.
    static func readLeniently<Answer>(
        _ bytes: UnsafeRawBufferPointer, _ read: (UnsafeRawBufferPointer) throws(MalformedXML) -> Answer
    ) throws(MalformedXML) -> Answer {
        let failure: MalformedXML
        do throws(MalformedXML) {
            return try read(bytes)
        } catch {
            failure = error
        }
        let legible = repaired(bytes)
        if legible.count == bytes.count, bytes.elementsEqual(legible) { throw failure }
        return try ObjectBytes(legible).withUnsafeBytes { bytes throws(MalformedXML) in try read(bytes) }
    }
}
