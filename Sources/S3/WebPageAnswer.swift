/// Telling an answer of an S3 service from a page for people, as web consoles, proxies and the sign-in of a hotel send it.
extension HTTPResponse {
    /// Whether its headers are those of a page. Google, R2 and others answer objects and even nothing at all with them,
    /// so that this alone decides nothing about a success.
    var isTypedAsPage: Bool {
        headers["content-type"]?.lowercased().hasPrefix("text/html") == true && !headers.haveAmazonNames
    }

    /// Whether an answer that is no success is a page for people: errors of S3 services are XML, or have no body.
    var isWebPage: Bool { isTypedAsPage && (receivedByteCount == 0 || beginsAsPage) }

    /// Whether a page for people answered `operation` in place of what it asks for: the bytes decide.
    func isWebPage(inPlaceOf operation: S3Operation) -> Bool {
        guard isTypedAsPage else { return false }
        if operation.method == .head { return !operation.key.isEmpty && headers["etag"] == nil }
        if operation.method == .get, !operation.key.isEmpty {
            // The page of a link is one; whoever reads it compares its bytes. Nothing else that is stored begins like one.
            return !operation.key.hasSuffix(".html") && firstByte == UInt8(ascii: "<")
        }
        return beginsAsPage
    }

    private var firstByte: UInt8? { beginning.first { !Self.spaces.contains($0) } }

    private var beginsAsPage: Bool {
        let text = String(decoding: beginning.drop { Self.spaces.contains($0) }, as: UTF8.self).lowercased()
        return Self.pageBeginnings.contains { text.hasPrefix($0) }
    }

    /// White space, and the three bytes of a byte order mark.
    private static let spaces: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]
    private static let pageBeginnings = [
        "<!doctype html", "<html", "<head", "<body", "<title", "<script", "<!--",
    ]
}
