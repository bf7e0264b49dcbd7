internal import Foundation

/// A request or an answer of HTTP/1.1, whole: what the fault proxy reads, changes and passes on.
public struct HTTPMessage: Sendable {
    /// The request line or the status line.
    public var start: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    /// An answer that says its length and that the connection ends with it.
    public static func answer(
        _ status: Int, headers: [(name: String, value: String)] = [], body: String = ""
    ) -> HTTPMessage {
        HTTPMessage(start: "HTTP/1.1 \(status) Said", headers: headers, body: Array(body.utf8))
    }

    /// `GET`, or the protocol's version in an answer.
    public var method: String { word(0) }
    /// The path and the query as they came.
    public var target: String { word(1) }
    public var status: Int { Int(word(1)) ?? 0 }

    private func word(_ place: Int) -> String {
        let words = start.split(separator: " ")
        return words.indices.contains(place) ? String(words[place]) : ""
    }

    /// By the lowercase name.
    public subscript(name: String) -> String? {
        get { headers.first { $0.name.lowercased() == name }?.value }
        set {
            headers.removeAll { $0.name.lowercased() == name }
            if let newValue { headers.append((name, newValue)) }
        }
    }

    /// The head, to the empty line behind it.
    var head: [UInt8] {
        Array((start + "\r\n" + headers.map { "\($0): \($1)\r\n" }.joined() + "\r\n").utf8)
    }

    /// Reads one message, a chunked body put together; nil when the other side ends before that.
    ///
    /// - Parameter hasBody: false for the answer to a HEAD.
    init?(from socket: LoopbackSocket, hasBody: Bool = true) {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil {
            guard socket.receive(into: &bytes) else { return nil }
            end = Self.headEnd(of: bytes)
        }
        let lines = String(decoding: bytes[..<end!], as: UTF8.self).components(separatedBy: "\r\n")
        start = lines[0]
        headers = lines.dropFirst().filter { !$0.isEmpty }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
        body = Array(bytes[(end! + 4)...])
        guard hasBody, status != 204, status != 304 else { return }
        if self["transfer-encoding"]?.lowercased() == "chunked" {
            while socket.receive(into: &body) {}
            body = Self.joinedChunks(body)
            self["transfer-encoding"] = nil
            self["content-length"] = "\(body.count)"
        } else if let length = self["content-length"].flatMap({ Int($0) }) {
            while body.count < length { guard socket.receive(into: &body) else { return nil } }
        } else if start.hasPrefix("HTTP/") {
            while socket.receive(into: &body) {}
        }
    }

    private init(start: String, headers: [(name: String, value: String)], body: [UInt8]) {
        (self.start, self.headers, self.body) = (start, headers, body)
    }

    private static func headEnd(of bytes: [UInt8]) -> Int? {
        bytes.indices.dropLast(3).first { bytes[$0..<($0 + 4)].elementsEqual("\r\n\r\n".utf8) }
    }

    private static func joinedChunks(_ bytes: [UInt8]) -> [UInt8] {
        var (joined, rest) = ([UInt8](), bytes[...])
        while let lineEnd = rest.firstIndex(of: 13) {
            let digits = String(decoding: rest[rest.startIndex..<lineEnd].prefix { $0 != 59 }, as: UTF8.self)
            guard let count = Int(digits, radix: 16), count > 0 else { break }
            let start = lineEnd + 2
            guard start + count <= rest.endIndex else { break }
            joined += rest[start..<(start + count)]
            rest = rest[(start + count)...].dropFirst(2)
        }
        return joined
    }
}
