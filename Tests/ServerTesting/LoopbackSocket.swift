internal import Foundation

/// A stream socket on loopback, with calls that block. Whoever has it closes it.
struct LoopbackSocket: Hashable {
    let descriptor: CInt

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A socket that listens at a free port, and that port.
    static func listening() throws(Failure) -> (socket: LoopbackSocket, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = withAddress(port: 0) { address, length in
            var length = length
            guard bind(listener, address, length) == 0, listen(listener, 64) == 0,
                getsockname(listener, address, &length) == 0
            else { return UInt16(0) }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
        guard port != 0 else {
            let reason = "no port to listen on: errno \(errno)"
            Glibc.close(listener)
            throw Failure(description: reason)
        }
        return (LoopbackSocket(descriptor: listener), port)
    }

    /// nil when nobody listens there.
    static func connected(to port: UInt16) -> LoopbackSocket? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard withAddress(port: port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return LoopbackSocket(descriptor: descriptor)
    }

    /// The next connection; nil when the socket is shut down.
    func accepted() -> LoopbackSocket? {
        let connection = accept(descriptor, nil, nil)
        return connection < 0 ? nil : LoopbackSocket(descriptor: connection)
    }

    /// Gives each connection to `serve` on a thread of its own, and closes it after that, until the socket is shut down.
    func serveEach(_ serve: @escaping @Sendable (LoopbackSocket) -> Void) {
        Thread.detachNewThread {
            while let client = accepted() {
                Thread.detachNewThread {
                    serve(client)
                    client.close()
                }
            }
            close()
        }
    }

    /// Adds what comes next; false at the end.
    func receive(into bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { bytes += buffer[..<count] }
        return count > 0
    }

    /// False when the other side has gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Returns when the other side has ended the connection.
    func waitForEnd() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Lets `close` be a reset and not an orderly end.
    func prepareReset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    /// Tells the other side that nothing more comes; what it sends can still be received.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }
    func close() { Glibc.close(descriptor) }

    private static func withAddress<Result>(
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
