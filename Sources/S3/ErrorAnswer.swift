/// What an S3 error answer says; all of it is optional, because proxies answer too.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
struct ErrorAnswer: Hashable, Sendable {
    /// What is taken of an answer that is no XML, of a code and of a region, in characters.
    private static let longestText = 200
    /// Longer than any that a service has said.
    private static let longestMessage = 2000

    var code: String?
    /// The server's words; of a page for people its title, of plain text its beginning.
    var message: String?
    /// The region that the answer says is right, in a field of its own or in words.
    var region: String?

    init() {}

    /// Reads as far as the answer is readable: a cut one may still have its code.
    init(_ bytes: UnsafeRawBufferPointer) {
        guard var xml = try? XMLReader(bytes), (try? xml.next()) == .start, xml.isNamed("Error") else {
            message = String(validating: bytes.prefix(4096), as: UTF8.self).flatMap(Self.plainText)
            return
        }
        while let event = try? xml.next() {
            guard event == .end, xml.depth == 1 else { continue }
            if xml.isNamed("Code") { code = String(xml.text.prefix(Self.longestText)) }
            if xml.isNamed("Message") {
                message = Self.singleLine(String(xml.text.prefix(Self.longestMessage)))
            }
            if xml.isNamed("Region") { region = String(xml.text.prefix(Self.longestText)) }
        }
        if region == nil { region = message.flatMap(Self.region(in:)) }
    }

    private static func singleLine(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func plainText(_ body: String) -> String? {
        let title = body.firstMatch(of: /(?is)<title[^>]*>(.*?)<\/title>/).map { String($0.1) }
        guard let text = title ?? (body.contains("<") ? nil : body) else { return nil }
        let line = singleLine(text)
        return line.isEmpty ? nil : String(line.prefix(longestText))
    }

    /// The right region where only words tell it: Garage names the scope that it expects, MinIO says "expecting 'x'",
    /// R2 lists what it knows.
    static func region(in message: String) -> String? {
        if let scope = message.firstMatch(of: /(?i)expect(?:ed|ing):? '?\d{8}\/([a-z0-9-]+)\/s3\//) {
            return String(scope.1)
        }
        if let named = message.firstMatch(
            of: /(?i)(?:expecting|expected|should be|must be):? ['"]([a-z0-9-]+)['"]/)
        {
            return String(named.1)
        }
        guard let known = message.firstMatch(of: /(?i)must be one of: ?([a-z0-9, -]+)/) else { return nil }
        let regions = known.1.split(separator: ",").map { $0.filter { $0 != " " } }
        return regions.contains("auto") ? "auto" : nil
    }
}
