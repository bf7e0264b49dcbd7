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
