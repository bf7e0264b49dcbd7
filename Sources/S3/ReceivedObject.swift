/// Whether an answer is exactly the bytes that were asked for.
struct ReceivedObject {
    private let response: HTTPResponse
    private let range: Range<Int>?

    init(_ response: HTTPResponse, range: Range<Int>?) {
        self.response = response
        self.range = range
    }

    /// What is wrong; nil when nothing is.
    var fault: String? {
        guard let announced = response.headers.contentLength else { return "the answer announces no length" }
        guard response.receivedByteCount == announced else {
            return "\(response.receivedByteCount) of \(announced) bytes arrived"
        }
        let contentRange = response.headers["content-range"]
        guard let range else {
            return response.status == 200 && contentRange == nil
                ? nil : "a part was answered instead of the whole"
        }
        // One server answers 200 with a part and says so in Content-Range; another answers 200 with the whole.
        if let contentRange {
            guard let answered = Self.parse(contentRange), answered == range else {
                return "another range was answered: \(contentRange)"
            }
        } else if response.status != 200 {
            return "a part was answered, and not which"
        }
        return response.body.count == range.count
            ? nil : "\(response.body.count) of \(range.count) bytes of the range are there"
    }

    /// `bytes 0-9/100` (RFC 9110, section 14.4).
    private static func parse(_ contentRange: String) -> Range<Int>? {
        let parts = contentRange.split { " -/".contains($0) }
        guard parts.count == 4, parts[0] == "bytes", let first = Int(parts[1]), let last = Int(parts[2]),
            first >= 0, first <= last, last < Int.max
        else { return nil }
        return first..<(last + 1)
    }
}
