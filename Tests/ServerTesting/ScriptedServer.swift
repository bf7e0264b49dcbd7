internal import Foundation
internal import Synchronization

/// A server on loopback that answers what a test tells it, for faults that no real server shows on demand.
///
/// It serves one connection after another, and one request on each, unless a reply keeps the connection.
public final class ScriptedServer: Sendable {
    public enum Reply: Sendable {
        /// Headers get a Content-Length and `Connection: close`, unless they have a length.
        case answer(_ status: Int, headers: [(String, String)] = [], body: String = "")
        /// Exactly these bytes, then the connection ends, with a reset if so wanted.
        case raw(String, reset: Bool = false)
        /// Nothing, until the client goes.
        case silence
        /// The head of an answer, and then a byte of its body now and then, until the client goes.
        case trickle(head: String, seconds: Double)
        /// An answer after which the connection stays until the client ends it.
        case kept(String)
    }

    public let endpoint: String
    private let listener: LoopbackSocket
    private let received = Mutex<[HTTPMessage]>([])
    private let reply: @Sendable (_ index: Int, HTTPMessage) -> Reply
    private let onClientGone: @Sendable () -> Void

    /// - Parameter onClientGone: called when the client has ended a connection that the server kept.
    public init(
        onClientGone: @escaping @Sendable () -> Void = {},
        reply: @escaping @Sendable (_ index: Int, HTTPMessage) -> Reply
    ) throws {
        self.reply = reply
        self.onClientGone = onClientGone
        let (listener, port) = try LoopbackSocket.listening()
        self.listener = listener
        endpoint = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [weak self] in
            while let connection = listener.accepted() {
                self?.serve(connection)
                connection.close()
            }
            listener.close()
        }
    }

    /// Replies by the number of the request; the last reply stays.
    public convenience init(_ replies: [Reply]) throws {
        try self.init { index, _ in replies[min(index, replies.count - 1)] }
    }

    // Wakes the thread, which then closes the socket.
    deinit { listener.shutDown() }

    /// What has come, in order of arrival.
    public var requests: [HTTPMessage] { received.withLock { $0 } }

    private func serve(_ connection: LoopbackSocket) {
        guard let request = HTTPMessage(from: connection) else { return }
        let index = received.withLock { received in
            received.append(request)
            return received.count - 1
        }
        switch reply(index, request) {
        case .answer(let status, let headers, let body):
            var answer = HTTPMessage.answer(status, headers: headers, body: body)
            if answer["content-length"] == nil { answer["content-length"] = "\(answer.body.count)" }
            answer["connection"] = "close"
            connection.send(answer.head + (request.method == "HEAD" ? [] : answer.body))
        case .raw(let text, let reset):
            connection.send(Array(text.utf8))
            if reset { connection.prepareReset() }
        case .trickle(let head, let seconds):
            // The slowness is the fault itself, and nothing waits for it to have passed.
            guard connection.send(Array(head.utf8)) else { return }
            while connection.send([UInt8(ascii: " ")]) { Thread.sleep(forTimeInterval: seconds) }
        case .silence:
            connection.waitForEnd()
            onClientGone()
        case .kept(let text):
            connection.send(Array(text.utf8))
            connection.waitForEnd()
            onClientGone()
        }
    }
}
