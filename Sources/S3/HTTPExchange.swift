internal import CCurl
internal import Crypto
internal import ObjectStore

/// A request, signed and ready to send.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    let method: Method
    let url: String
    let headers: [(name: String, value: String)]
    /// What a PUT or a POST sends.
    var body: ObjectBytes?
    /// The longest body of a successful answer that is taken.
    let maximumByteCount: Int
    /// Of an object that is answered whole, only these bytes are kept.
    var keptRange: Range<Int>?
    /// Whether the body of a successful answer is hashed as it comes in, and not kept.
    var isHashed = false
    var patience = TransferPatience()
    /// Whether it is sent at once, on a connection of its own, before all that wait: it asks whether anybody is there.
    var isUrgent = false
}

/// An answer, whatever its status.
package struct HTTPResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    /// What was kept of the body; of an answer that is no success, at most its first 64 KiB.
    let body: ObjectBytes
    /// The SHA-256 of a body that was hashed and not kept.
    let digest: SHA256Digest?
    /// How many bytes the body had.
    let receivedByteCount: Int
    /// The first bytes of the body, also of one that is not kept.
    var beginning: [UInt8] = []
    /// From when the request was sent, without the time that it waited for a connection.
    var duration = Duration.zero

    var isSuccess: Bool { (200..<300).contains(status) }
}

/// The headers of an answer; names compare without case.
struct HTTPHeaders: Sendable {
    private var fields: [(name: String, value: String)] = []

    init() {}

    /// Takes a line `name: value`; any other line is left out.
    mutating func append(line: some StringProtocol) {
        guard let colon = line.firstIndex(of: ":") else { return }
        fields.append((line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed))
    }

    /// The first value of a header, given by its lowercase name.
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    var contentLength: Int? { self["content-length"].flatMap { Int($0) } }

    /// Whether any header is there that S3 services have and web pages do not.
    var haveAmazonNames: Bool { fields.contains { $0.name.hasPrefix("x-amz") } }
}

extension StringProtocol {
    /// Without spaces, tabs and line ends on both sides.
    fileprivate var trimmed: String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
        let bytes = utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(decoding: Array(bytes), as: UTF8.self)
    }
}

/// Why a request has no answer.
enum TransferFailure: Error, Sendable {
    case cancelled
    /// It was ended, or never begun, because the provider answers nothing at all.
    case abandoned
    /// The body is, or is said to be, longer than the request allows.
    case tooLarge
    /// It trickles, or takes longer than anything of its size may: what has moved, and in what time.
    case tooSlow(String)
    /// libcurl's code, and its words for this case.
    case curl(CURLcode, String)
}
