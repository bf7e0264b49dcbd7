extension [UInt8] {
    /// The bytes in base64 with padding (RFC 4648, section 4), as S3's headers carry hashes.
    public var base64: String {
        let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let length = (count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: length) { buffer in
            for start in stride(from: 0, to: count, by: 3) {
                let group = (0..<3).reduce(UInt32(0)) {
                    $0 << 8 | UInt32(start + $1 < count ? self[start + $1] : 0)
                }
                for place in 0..<4 {
                    let digit = Int(group >> UInt32(18 - 6 * place) & 63)
                    buffer[start / 3 * 4 + place] =
                        start + place <= count ? digits.utf8Start[digit] : UInt8(ascii: "=")
                }
            }
            return length
        }
    }
}

extension [UInt8] {
    /// The bytes in base64url without padding (RFC 4648, section 5), as links carry them.
    public var base64URL: String {
        let text = base64.utf8.prefix { $0 != UInt8(ascii: "=") }
        return String(
            decoding: text.map { digit in
                switch digit {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                default: digit
                }
            }, as: UTF8.self)
    }

    /// The bytes that a text in base64url without padding is; nil for any other text, also for one that no writer
    /// makes: with padding, spaces, or bits left over that are not zero.
    public init?(base64URL text: some StringProtocol) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in text.utf8 {
            guard let value = Self.base64URLValue(digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            bits &= 1 << UInt32(bitCount) - 1
        }
        guard bitCount < 6, bits == 0 else { return nil }
        self = bytes
    }

    private static func base64URLValue(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
