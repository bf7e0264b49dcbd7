/// Whether an answer is exactly the bytes that were asked for.
struct ReceivedObject {
    enum Verdict: Hashable {
        case exact
        /// It may be all of them; only their hash can tell, or the object's length.
        case doubtful(String)
        /// It is something else, which says nothing about the object.
        case other(String)
        /// The object itself is not what it must be.
        case wrong(String)
    }

    private let response: HTTPResponse
    private let range: Range<Int>?

    init(_ response: HTTPResponse, range: Range<Int>?) {
        self.response = response
        self.range = range
    }

    /// What else a proxy makes of a body on its way; `aws-chunked` is what some store of how it came.
    private static let encodings = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"]

    var verdict: Verdict {
        let headers = response.headers
        if let encoding = headers["content-encoding"]?.lowercased(), Self.encodings.contains(encoding) {
            return .other("it came as \(encoding), for which nobody asked")
        }
        if let announced = headers.contentLength, announced != response.receivedByteCount {
            return .other("\(response.receivedByteCount) of \(announced) bytes arrived")
        }
        return range.map(verdict(ofPart:)) ?? verdictOfWhole
    }

    private var verdictOfWhole: Verdict {
        if let answered = response.headers.contentRange {
            guard answered.range.lowerBound == 0, answered.range.count == response.receivedByteCount,
                answered.total ?? answered.range.count == answered.range.count
            else { return .other("a part was answered instead of the whole") }
            return answered.total == nil
                ? .doubtful("a part was answered, and not of how many bytes") : .exact
        }
        if response.status == 206 { return .doubtful("a part was answered, and not which") }
        return response.headers.contentLength == nil ? .doubtful("the answer announces no length") : .exact
    }

    /// A part is sealed: whoever opens it notices other bytes. Servers answer 200 with the part and say so in
    /// Content-Range, 206 with the part and do not say which, or 200 with the whole.
    private func verdict(ofPart range: Range<Int>) -> Verdict {
        let answered = response.headers.contentRange?.range
        if answered == nil, response.status != 200 {
            return response.receivedByteCount == range.count
                ? .exact : .other("\(response.receivedByteCount) bytes were answered, and not which")
        }
        if response.body.count == range.count { return .exact }
        if let answered {
            return .other("bytes \(answered.lowerBound) to \(answered.upperBound - 1) were answered instead")
        }
        return response.headers.contentLength == nil
            ? .other("the answer announces no length, and ends too soon")
            : .wrong("\(response.body.count) of \(range.count) bytes of the range are there")
    }
}
