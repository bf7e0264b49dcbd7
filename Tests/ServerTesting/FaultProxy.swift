internal import Foundation
internal import Synchronization

/// A way to a real server that goes wrong where a test wants it: each request is passed on, answered by the proxy
/// itself, or answered by the server with something done to the answer on its way.
///
/// Every connection carries one request. Listens until `close`, or until it is gone.
public final class FaultProxy: Sendable {
    public enum Fault: Sendable {
        case none
        /// The connection is reset when so many bytes of the body have passed: of the request's, or where that has
        /// none, of the answer's.
        case reset(afterBodyBytes: Int)
        /// No byte more until the client goes: a request that has a body is never answered, and of any other's
        /// answer so many bytes of the body come.
        case stalled(afterBodyBytes: Int)
        /// Nothing is passed on, and this is answered.
        case answer(HTTPMessage)
        /// The body comes at this rate.
        case slow(bytesPerSecond: Int)
        /// The body is cut to so many bytes; the length that is announced is the whole one, or the cut one.
        case truncated(to: Int, announcesWhole: Bool)
        /// The body's length is not announced: it ends with the connection.
        case unframed
        /// The server's answer, changed.
        case changed(@Sendable (inout HTTPMessage) -> Void)
    }

    public let endpoint: String
    private let listener: LoopbackSocket
    private let serverPort: UInt16
    private let fault: @Sendable (_ index: Int, HTTPMessage) -> Fault
    private let seen = Mutex<[String]>([])
    private let isClosed = Mutex(false)

    /// - Parameter fault: what becomes of the request with that number.
    public init(
        to server: TestServer, fault: @escaping @Sendable (_ index: Int, HTTPMessage) -> Fault
    ) throws {
        let (socket, port) = try LoopbackSocket.listening()
        (listener, serverPort, self.fault) = (socket, try server.port, fault)
        endpoint = "http://127.0.0.1:\(port)"
        socket.serveEach { [weak self] in self?.serve($0) }
    }

    deinit { close() }

    /// From now on connections are refused.
    public func close() {
        isClosed.withLock { isClosed in
            // The thread closes the socket then, whose number may soon be another's.
            if !isClosed { listener.shutDown() }
            isClosed = true
        }
    }

    /// Method and target of what has come, in order of arrival.
    public var requests: [String] { seen.withLock { $0 } }

    private func serve(_ client: LoopbackSocket) {
        guard let request = HTTPMessage(from: client) else { return }
        let index = seen.withLock { seen in
            seen.append("\(request.method) \(request.target)")
            return seen.count - 1
        }
        let fault = fault(index, request)
        switch fault {
        case .answer(let message):
            send(message, to: client, hasBody: request.method != "HEAD")
        case .reset where !request.body.isEmpty:
            // The request has been read, and the server never hears of it.
            client.prepareReset()
        case .stalled where !request.body.isEmpty:
            client.waitForEnd()
        default:
            guard var answer = answer(to: request) else { return }
            pass(&answer, to: client, hasBody: request.method != "HEAD", fault)
        }
    }

    private func answer(to request: HTTPMessage) -> HTTPMessage? {
        guard let server = LoopbackSocket.connected(to: serverPort) else { return nil }
        defer { server.close() }
        var request = request
        request["connection"] = "close"
        guard server.send(request.head), server.send(request.body) else { return nil }
        return HTTPMessage(from: server, hasBody: request.method != "HEAD")
    }

    private func pass(
        _ answer: inout HTTPMessage, to client: LoopbackSocket, hasBody: Bool, _ fault: Fault
    ) {
        answer["connection"] = "close"
        switch fault {
        case .none, .answer:
            client.send(answer.head + answer.body)
        case .reset(let count):
            client.send(answer.head + answer.body.prefix(count))
            client.prepareReset()
        case .stalled(let count):
            client.send(answer.head + answer.body.prefix(count))
            client.waitForEnd()
        case .slow(let bytesPerSecond):
            sendSlowly(answer, to: client, bytesPerSecond)
        case .truncated(let count, let announcesWhole):
            answer.body = Array(answer.body.prefix(count))
            if !announcesWhole { answer["content-length"] = "\(answer.body.count)" }
            client.send(answer.head + answer.body)
        case .unframed:
            if hasBody { answer["content-length"] = nil }
            client.send(answer.head + answer.body)
        case .changed(let change):
            change(&answer)
            send(answer, to: client, hasBody: hasBody)
        }
    }

    private func send(_ message: HTTPMessage, to client: LoopbackSocket, hasBody: Bool) {
        var message = message
        message["connection"] = "close"
        if hasBody { message["content-length"] = "\(message.body.count)" }
        client.send(message.head + (hasBody ? message.body : []))
    }

    /// Ten pieces a second: the slowness is the fault itself, and nothing waits for it to have passed.
    private func sendSlowly(_ answer: HTTPMessage, to client: LoopbackSocket, _ bytesPerSecond: Int) {
        guard client.send(answer.head) else { return }
        var rest = answer.body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, bytesPerSecond / 10))
            guard client.send(Array(piece)) else { return }
            rest = rest.dropFirst(piece.count)
            Thread.sleep(forTimeInterval: 0.1)
        }
    }
}
