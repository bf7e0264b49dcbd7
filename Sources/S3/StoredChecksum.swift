internal import Crypto

extension HTTPHeaders {
    /// The SHA-256 that the provider keeps of the whole object; nil without one, and for one of parts.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    var checksum: SHA256Digest? {
        guard self["x-amz-checksum-type"]?.uppercased() != "COMPOSITE" else { return nil }
        return self["x-amz-checksum-sha256"].flatMap { SHA256Digest(base64: $0) }
    }
}

extension SHA256Digest {
    /// The digest that 44 characters of base64 (RFC 4648, section 4) are; nil for anything else, as for the
    /// checksum of parts, which ends in a dash and their number.
    init?(base64 text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 44, digits[43] == UInt8(ascii: "="), digits[42] != UInt8(ascii: "=") else {
            return nil
        }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        for (index, digit) in digits.dropLast().enumerated() {
            guard let value = Self.value(ofBase64: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            if index % 4 == 3 {
                for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
                bits = 0
            }
        }
        // The last three digits hold 16 bits, and two more that must be zero.
        guard bits & 3 == 0 else { return nil }
        bytes += [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
        self.init(bytes)
    }

    private static func value(ofBase64 digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
