internal import Foundation

/// A request as S3 understands it: `/bucket/key?query`, path style.
struct S3Call: Sendable {
    let kind: HostileServer.Kind
    /// The object's name; of a listing, the prefix.
    let name: String
    let query: [String: String]
    /// The bytes asked for, both ends inclusive.
    let range: (first: Int, last: Int)?
    let body: [UInt8]

    init?(_ message: HTTPMessage) {
        let parts = message.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].dropFirst().split(separator: "/", maxSplits: 1)
        guard let key = (path.count > 1 ? String(path[1]) : "").removingPercentEncoding else { return nil }
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]).removingPercentEncoding : ""
        }
        self.query = query
        body = message.body
        range = message["range"].flatMap { Self.range($0) }
        if key.isEmpty {
            kind =
                message.method != "GET"
                ? .other : query["versions"] != nil ? .versions : query["list-type"] != nil ? .list : .other
            name = query["prefix"] ?? ""
            return
        }
        name = key
        // Deleting a version is deleting: there is one of each.
        let isPlain = query.isEmpty || (query.count == 1 && query["versionId"] != nil)
        kind = isPlain ? HostileServer.Kind(rawValue: message.method.lowercased()) ?? .other : .other
    }

    private static func range(_ text: String) -> (first: Int, last: Int)? {
        let ends = text.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        return ends.count == 2 ? (ends[0], ends[1]) : nil
    }
}

/// What an object-store listing says, a page of it.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
struct Listing {
    struct Row {
        var name: String
        var size: String
        var modified: String
    }

    var rows: [Row]
    /// How the next page is asked for; nil on the last one.
    var nextToken: String?

    /// - Parameter objects: all that the prefix has, in order.
    init(_ objects: [(name: String, stored: HostileServer.Stored)], _ call: S3Call) {
        let most = min(call.query["max-keys"].flatMap { Int($0) } ?? 1000, 1000)
        let after = call.query["continuation-token"] ?? call.query["start-after"] ?? ""
        let rest = objects.drop { !after.utf8.lexicographicallyPrecedes($0.name.utf8) }
        rows = rest.prefix(most).map {
            Row(name: $0.name, size: "\($0.stored.bytes.count)", modified: Self.time($0.stored.modified))
        }
        nextToken = rest.count > most ? rows.last?.name : nil
    }

    var text: String {
        let contents = rows.map {
            """
            <Contents><Key>\($0.name.xmlEscaped)</Key><LastModified>\($0.modified)</LastModified>\
            <ETag>"1-1"</ETag><Size>\($0.size)</Size></Contents>
            """
        }
        let next = nextToken.map { "<NextContinuationToken>\($0.xmlEscaped)</NextContinuationToken>" } ?? ""
        return """
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>\(nextToken != nil)</IsTruncated>\
            \(next)\(contents.joined())</ListBucketResult>
            """
    }

    /// As of a bucket that keeps one version of each.
    var versions: String {
        let versions = rows.map {
            "<Version><Key>\($0.name.xmlEscaped)</Key><VersionId>null</VersionId><IsLatest>true</IsLatest></Version>"
        }
        return "<ListVersionsResult><IsTruncated>false</IsTruncated>\(versions.joined())</ListVersionsResult>"
    }

    static func time(_ date: Date) -> String { date.formatted(.iso8601) }
}

extension HTTPMessage {
    static func s3(_ status: Int, headers: [(name: String, value: String)] = [], body: String = "") -> Self {
        var answer = HTTPMessage.answer(status, headers: headers, body: body)
        answer["content-length"] = "\(answer.body.count)"
        answer["x-amz-request-id"] = "1"
        answer["connection"] = "close"
        return answer
    }

    static func s3Error(_ status: Int, _ code: String) -> Self {
        s3(status, body: "<Error><Code>\(code)</Code><Message>as the test wants it</Message></Error>")
    }

    /// The object, or the part of it that was asked for.
    static func object(_ bytes: [UInt8], modified: Date, _ call: S3Call) -> Self {
        var answer = s3(
            200, headers: [("ETag", "\"\(bytes.count)-1\""), ("Last-Modified", httpDate(modified))])
        answer.body = bytes
        if let range = call.range {
            guard range.first < bytes.count, range.first <= range.last else {
                return s3Error(416, "InvalidRange")
            }
            let last = min(range.last, bytes.count - 1)
            answer.start = "HTTP/1.1 206 Said"
            answer.body = Array(bytes[range.first...last])
            answer["content-range"] = "bytes \(range.first)-\(last)/\(bytes.count)"
        }
        answer["content-length"] = "\(answer.body.count)"
        return answer
    }

    /// Source: RFC 9110, 5.6.7.
    static func httpDate(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return """
            \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) \
            \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT
            """
    }
}

extension String {
    fileprivate var xmlEscaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
