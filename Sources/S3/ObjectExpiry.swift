internal import ObjectStore

extension AnnouncedExpiry {
    /// Objects that may come and go: those of a probe, and the pages of links.
    private static let passingPrefixes = ["probe/", "shares/"]

    /// What `x-amz-expiration` says of an object: `expiry-date="Fri, 04 Dec 2026 00:00:00 GMT", rule-id="a%20rule"`.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    init?(_ headers: HTTPHeaders, object: String) {
        guard let value = headers["x-amz-expiration"], !value.isEmpty else { return nil }
        let date = value.firstMatch(of: /expiry-date="([^"]{1,64})"/).map { String($0.1) }
        let rule = value.firstMatch(of: /rule-id="([^"]{1,255})"/).map { String($0.1) }
        self.init(
            object: object, date: date.map(Self.printable),
            rule: rule.map { Self.printable($0.removingPercentEncoding) })
    }

    /// Whether it concerns what must stay.
    var isOfVault: Bool { !Self.passingPrefixes.contains { object.hasPrefix($0) } }

    /// Whoever answers may be hostile.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }
}

extension String {
    /// `%20` and its kin as what they stand for; as it is where that is no UTF-8.
    fileprivate var removingPercentEncoding: String {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.count >= 2
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? self
    }
}
