internal import ProgramTesting

/// Asks a server on loopback exactly what a test says, which no library would: whatever Host, whatever Origin.
public struct LoopbackClient: Sendable {
    public let port: UInt16

    public init(port: UInt16) { self.port = port }

    public struct NoAnswer: Error {}

    /// - Parameter headers: sent besides Host, unless they name one, Content-Length, and `Connection: close`.
    public func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: String = ""
    ) async throws -> HTTPMessage {
        var request = HTTPMessage.answer(200, headers: headers, body: body)
        request.start = "\(method) \(target) HTTP/1.1"
        if request["host"] == nil { request["host"] = "127.0.0.1:\(port)" }
        if !body.isEmpty || method == "POST" { request["content-length"] = "\(body.utf8.count)" }
        request["connection"] = "close"
        let bytes = request.head + request.body
        return try await blocking { [port] () throws(NoAnswer) in
            guard let socket = LoopbackSocket.connected(to: port) else { throw NoAnswer() }
            defer { socket.close() }
            socket.send(bytes)
            guard let answer = HTTPMessage(from: socket, hasBody: method != "HEAD") else { throw NoAnswer() }
            return answer
        }
    }
}
