internal import Foundation
internal import Synchronization

/// A server on loopback that answers what a test tells it, for faults that no real server shows on demand.
///
/// It serves one connection after another, and one request on each, unless a reply keeps the connection.
public final class ScriptedServer: Sendable {
    public struct Request: Sendable {
        public let method: String
        /// The path and the query as they came.
        public let target: String
        public let headers: [String: String]
    }

    public enum Reply: Sendable {
        /// Headers get a Content-Length and `Connection: close`, unless they have a length.
        case answer(_ status: Int, headers: [(String, String)] = [], body: String = "")
        /// Exactly these bytes, then the connection ends, with a reset if so wanted.
        case raw(String, reset: Bool = false)
        /// Nothing, until the client goes.
        case silence
        /// An answer after which the connection stays until the client ends it.
        case kept(String)
    }

    public let endpoint: String
    private let listener: CInt
    private let received = Mutex<[Request]>([])
    private let reply: @Sendable (_ index: Int, Request) -> Reply
    private let onClientGone: @Sendable () -> Void

    /// - Parameter onClientGone: called when the client has ended a connection that the server kept.
    public init(
        onClientGone: @escaping @Sendable () -> Void = {},
        reply: @escaping @Sendable (_ index: Int, Request) -> Reply
    ) throws {
        self.reply = reply
        self.onClientGone = onClientGone
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, pointer, &length) == 0
            } ? UInt16(bigEndian: pointer.pointee.sin_port) : 0
        }
        guard port != 0 else { throw Failure(description: "no port to listen on: errno \(errno)") }
        endpoint = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [weak self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                self?.serve(connection)
                close(connection)
            }
            close(listener)
        }
    }

    /// Replies by the number of the request; the last reply stays.
    public convenience init(_ replies: [Reply]) throws {
        try self.init { index, _ in replies[min(index, replies.count - 1)] }
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    // Wakes the thread, which then closes the socket.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    public var requests: [Request] { received.withLock { $0 } }

    private func serve(_ connection: CInt) {
        guard let request = Self.read(connection) else { return }
        let index = received.withLock { received in
            received.append(request)
            return received.count - 1
        }
        switch reply(index, request) {
        case .answer(let status, var headers, let body):
            if !headers.contains(where: { $0.0.lowercased() == "content-length" }) {
                headers.append(("Content-Length", "\(body.utf8.count)"))
            }
            let lines = headers.map { "\($0): \($1)\r\n" }.joined()
            Self.send(
                "HTTP/1.1 \(status) Said\r\n\(lines)Connection: close\r\n\r\n"
                    + (request.method == "HEAD" ? "" : body), connection)
        case .raw(let text, let reset):
            Self.send(text, connection)
            guard reset else { return }
            // Lingering for no time turns the end into a reset.
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        case .silence:
            Self.waitForEnd(connection)
            onClientGone()
        case .kept(let text):
            Self.send(text, connection)
            Self.waitForEnd(connection)
            onClientGone()
        }
    }

    /// Reads until the client ends the connection.
    private static func waitForEnd(_ connection: CInt) {
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }

    private static func send(_ text: String, _ connection: CInt) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// A whole request, its body dropped.
    private static func read(_ connection: CInt) -> Request? {
        var bytes: [UInt8] = []
        var headEnd: Int?
        while headEnd == nil {
            guard receive(connection, &bytes) else { return nil }
            headEnd = bytes.indices.dropLast(3).first { bytes[$0..<($0 + 4)].elementsEqual("\r\n\r\n".utf8) }
        }
        let lines = String(decoding: bytes[..<headEnd!], as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ").map { String($0) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let whole = headEnd! + 4 + (headers["content-length"].flatMap { Int($0) } ?? 0)
        while bytes.count < whole { guard receive(connection, &bytes) else { return nil } }
        return Request(method: words[0], target: words[1], headers: headers)
    }

    private static func receive(_ connection: CInt, _ bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        if count > 0 { bytes += buffer[..<count] }
        return count > 0
    }
}
