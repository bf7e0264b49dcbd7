import Foundation
import ServerTesting

/// A way to a server that lets a known number of bytes through and then holds what comes, so that a test can do
/// something in the middle of a run and not leave the moment to luck.
final class Gate: @unchecked Sendable {
    // @unchecked Sendable: all that changes is used under `condition`.
    private let condition = NSCondition()
    private var byteCount = 0
    private var isHeld = false
    private var isOpen = false
    private var sockets: Set<CInt> = []

    private let limit: Int
    private let listener: CInt
    private let serverPort: UInt16
    let endpoint: String

    /// - Parameter limit: how many bytes of requests go through before the gate closes.
    init(to server: TestServer, after limit: Int) throws {
        self.limit = limit
        serverPort = UInt16(server.endpoint.split(separator: ":").last ?? "") ?? 0
        listener = try check("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        let listener = listener
        let port = Self.withLoopback(port: 0) { address, length in
            guard bind(listener, address, length) == 0, listen(listener, 64) == 0 else { return UInt16(0) }
            var length = length
            getsockname(listener, address, &length)
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
        guard port != 0 else { throw SystemError("bind") }
        endpoint = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 { connect(client) }
        }
    }

    /// Returns when something waits in front of the closed gate.
    func waitUntilHeld() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                condition.lock()
                while !isHeld { condition.wait() }
                condition.unlock()
                continuation.resume()
            }
        }
    }

    /// Lets everything through from now on.
    func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }

    /// Ends all connections. To be called when the test has done with the gate.
    func close() {
        open()
        condition.lock()
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        condition.unlock()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func pass(_ count: Int) {
        condition.lock()
        if byteCount + count > limit, !isOpen {
            isHeld = true
            condition.broadcast()
            while !isOpen { condition.wait() }
        }
        byteCount += count
        condition.unlock()
    }

    private func connect(_ client: CInt) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isConnected = Self.withLoopback(port: serverPort) { Glibc.connect(server, $0, $1) == 0 }
        guard isConnected else {
            Glibc.close(server)
            Glibc.close(client)
            return
        }
        condition.lock()
        sockets.formUnion([client, server])
        condition.unlock()
        let bothEnded = DispatchGroup()
        for (from, to, isRequest) in [(client, server, true), (server, client, false)] {
            bothEnded.enter()
            Thread.detachNewThread { [self] in
                pump(from, to, isRequest: isRequest)
                bothEnded.leave()
            }
        }
        bothEnded.notify(queue: .global()) { [self] in
            condition.lock()
            sockets.subtract([client, server])
            condition.unlock()
            Glibc.close(client)
            Glibc.close(server)
        }
    }

    private func pump(_ from: CInt, _ to: CInt, isRequest: Bool) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        copying: while case let count = recv(from, &buffer, buffer.count, 0), count > 0 {
            if isRequest { pass(count) }
            var sent = 0
            while sent < count {
                let result = buffer[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard result > 0 else { break copying }
                sent += result
            }
        }
        shutdown(to, Int32(SHUT_WR))
    }

    private static func withLoopback<Result>(
        port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
