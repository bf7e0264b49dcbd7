/// Percent-encoding as Signature Version 4 wants it: every byte but `A-Z a-z 0-9 - . _ ~` becomes `%XX` with
/// uppercase digits.
///
/// Source: RFC 3986, section 2.3; "Create a signed AWS API request" (`UriEncode`).
extension [UInt8] {
    mutating func appendPercentEncoded(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false) {
        let digits: StaticString = "0123456789ABCDEF"
        for byte in bytes {
            if Self.isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
                append(byte)
            } else {
                append(UInt8(ascii: "%"))
                append(digits.utf8Start[Int(byte >> 4)])
                append(digits.utf8Start[Int(byte & 15)])
            }
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }
}
